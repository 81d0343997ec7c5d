import { type Family, families } from '../core/address.ts'
import { loadRules } from '../iptables/load.ts'
import type { Condition, Rule, Ruleset } from '../iptables/tree.ts'
import { type Accounts, rootAlone } from '../model/accounts.ts'
import type { Pod } from '../sandbox/pod.ts'
import type { LoadedRules } from './loaded-rules.ts'

/**
 * What the names of accounts stand for that a pod's rules ask for: iptables has looked them up where it loaded the rules, and prints
 * their numbers. The pod is asked only where there are names.
 */
export async function withAccounts(loaded: LoadedRules, pod: Pick<Pod, 'evidence'>): Promise<LoadedRules> {
  if ('unread' in loaded || !families.some((family) => asksByName(loaded.rulesets[family]))) return loaded
  const { rules } = await pod.evidence()
  return { ...loaded, accounts: accountsOf(loaded.rulesets, rules) }
}

const conditionsOf = ({ conditions, matches }: Rule): Condition[] => [...conditions, ...matches.flatMap((match) => match.conditions)]

const asksByName = ({ tables }: Ruleset): boolean =>
  [...tables.values()].some(({ chains }) =>
    [...chains.values()].some(({ rules }) => rules.some((rule) => conditionsOf(rule).some(({ kind }) => kind === 'owner-name'))),
  )

/** @param saved what `iptables-save` prints of each family. @returns what is known to everybody where that is not the same rules. */
export function accountsOf(rulesets: Readonly<Record<Family, Ruleset>>, saved: Readonly<Record<Family, string>>): Accounts {
  const accounts = { uid: new Map(rootAlone.uid), gid: new Map(rootAlone.gid) }
  for (const family of families) {
    const { ruleset, failed } = loadRules([{ form: 'restore', family, payload: saved[family] }], family)
    if (failed !== undefined) continue
    for (const { name, chains } of rulesets[family].tables.values()) {
      for (const chain of chains.values()) {
        const printed = ruleset.tables.get(name)?.chains.get(chain.name)?.rules ?? []
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
