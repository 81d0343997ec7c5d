import { type Family, families } from '../core/address.ts'
import { type Accounts, rootAlone } from './accounts.ts'
import { loadRules } from './load.ts'
import type { Condition, Rule, Tree } from './tree.ts'

const conditionsOf = ({ conditions, matches }: Rule): Condition[] => [...conditions, ...matches.flatMap((match) => match.conditions)]

/** Whether rules name accounts, which iptables looks up where it loads them. */
export const asksByName = ({ tables }: Tree): boolean =>
  [...tables.values()].some(({ chains }) =>
    [...chains.values()].some(({ rules }) => rules.some((rule) => conditionsOf(rule).some(({ kind }) => kind === 'owner-name'))),
  )

/**
 * What the names of accounts stand for that rules ask for: iptables prints their numbers.
 * @param saved what `iptables-save` prints of each family. @returns what is known to everybody where that is not the same rules.
 */
export function accountsOf(trees: Readonly<Record<Family, Tree>>, saved: Readonly<Record<Family, string>>): Accounts {
  const accounts = { uid: new Map(rootAlone.uid), gid: new Map(rootAlone.gid) }
  for (const family of families) {
    const { tree, failed } = loadRules([{ form: 'restore', family, payload: saved[family] }], family)
    if (failed !== undefined) continue
    for (const { name, chains } of trees[family].tables.values()) {
      for (const chain of chains.values()) {
        const printed = tree.tables.get(name)?.chains.get(chain.name)?.rules ?? []
        if (printed.length === chain.rules.length) chain.rules.forEach((rule, at) => learn(rule, printed[at], accounts))
      }
    }
  }
  return accounts
}

function learn(rule: Rule, printed: Rule | undefined, accounts: { uid: Map<string, number>; gid: Map<string, number> }): void {
  const numbers = printed === undefined ? [] : conditionsOf(printed)
  for (const named of conditionsOf(rule)) {
    if (named.kind !== 'owner-name') continue
    const number = numbers.find((other) => other.kind === 'owner' && other.of === named.of && other.negated === named.negated)
    if (number?.kind === 'owner' && number.range.first === number.range.last) accounts[named.of].set(named.name, number.range.first)
  }
}
