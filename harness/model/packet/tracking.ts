import type { Truth } from '../../netfilter/interval-set.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'

const known = new WeakMap<Ruleset, Truth>()

/**
 * Whether connections are tracked: only if some rule of the family needs it, even one that no packet reaches
 * (nf_ct_netns_get in net/netfilter/nf_conntrack_proto.c). Otherwise no packet has state NEW, and nat is not evaluated.
 */
export function isTracking(ruleset: Ruleset): Truth {
  const found = known.get(ruleset) ?? findOut(ruleset)
  known.set(ruleset, found)
  return found
}

/** Has connections be tracked by some rules as by others, which differ in none that needs it. */
export function shareTracking(own: Ruleset, other: Ruleset): void {
  known.set(own, isTracking(other))
}

function findOut(ruleset: Ruleset): Truth {
  const rules = rulesOf(ruleset)
  return rules.some(({ tracks }) => tracks === true) || (rules.some(({ tracks }) => tracks === 'unknown') && 'unknown')
}
