import { type Family, families } from '../../core/address.ts'
import { type Accounts, rootAlone } from '../words/accounts.ts'
import { type OwnerAsked, ownerAsked } from '../extensions/matches/owner.ts'
import { loadRules } from './load.ts'
import type { Rule, Tree } from '../syntax/tree.ts'

const ownersOf = ({ matches }: Rule): OwnerAsked[] =>
  matches.flatMap(({ options }) => options.flatMap((given) => ownerAsked(given) ?? []))

/** Whether rules name accounts, which iptables looks up where it loads them. */
export const asksByName = ({ tables }: Tree): boolean =>
  [...tables.values()].some(({ chains }) =>
    [...chains.values()].some(({ rules }) => rules.some((rule) => ownersOf(rule).some(({ ids }) => 'name' in ids))),
  )

/**
 * What the names of accounts stand for that rules ask for: iptables prints their numbers.
 * @param saved what `iptables-save` prints of each family. @returns what is known to everybody where that is not the
 * same rules.
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

function learn(
  rule: Rule,
  printed: Rule | undefined,
  accounts: { uid: Map<string, number>; gid: Map<string, number> },
): void {
  const numbers = printed === undefined ? [] : ownersOf(printed)
  for (const { of, ids: named, negated } of ownersOf(rule)) {
    if (!('name' in named)) continue
    const ids = numbers.find((other) => !('name' in other.ids) && other.of === of && other.negated === negated)?.ids
    if (ids !== undefined && 'first' in ids && ids.first === ids.last) accounts[of].set(named.name, ids.first)
  }
}
