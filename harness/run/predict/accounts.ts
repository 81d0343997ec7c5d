import { families } from '../../core/address.ts'
import { accountsOf, asksByName } from '../../iptables/ruleset/account-names.ts'
import { lower } from '../../iptables/ruleset/lower.ts'
import type { Pod } from '../../sandbox/pod.ts'
import type { LoadedRules, ReadRules } from './loaded-rules.ts'

/**
 * A pod's rules with the numbers of the accounts that they name: iptables has looked them up where it loaded the rules.
 * The pod is asked only where there are names.
 */
export async function withAccounts(loaded: LoadedRules, pod: Pick<Pod, 'evidence'>): Promise<LoadedRules> {
  if ('unread' in loaded || !families.some((family) => asksByName(loaded.trees[family]))) return loaded
  const { rules } = await pod.evidence()
  const loader = { ...loaded.loader, accounts: accountsOf(loaded.trees, rules) }
  const rulesets = Object.fromEntries(families.map((family) => [family, lower(loaded.trees[family], loader)]))
  return { ...loaded, loader, rulesets: rulesets as ReadRules['rulesets'] }
}
