import type { Truth } from '../../netfilter/interval-set.ts'
import { type Rule, rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'

/** How many rules need connections to be tracked, and of how many that is not known. */
interface Tracking {
  known: number
  unknown: number
}

const counted = new WeakMap<Ruleset, Tracking>()

/**
 * Whether connections are tracked: only if some rule of the family needs it, even one that no packet reaches
 * (nf_ct_netns_get in net/netfilter/nf_conntrack_proto.c). Otherwise no packet has state NEW, and nat is not evaluated.
 */
export function isTracking(ruleset: Ruleset): Truth {
  const { known, unknown } = trackingOf(ruleset)
  return known > 0 || (unknown > 0 && 'unknown')
}

/**
 * Has connections be tracked by some rules as by others, which differ in none that needs it, or by a rule that is gone:
 * thousands of rules are not all looked through again for one.
 */
export function shareTracking(own: Ruleset, other: Ruleset, gone?: Pick<Rule, 'tracks'>): void {
  const { known, unknown } = trackingOf(other)
  const count = (truth: Truth): number => (gone?.tracks === truth ? 1 : 0)
  counted.set(own, { known: known - count(true), unknown: unknown - count('unknown') })
}

function trackingOf(ruleset: Ruleset): Tracking {
  const before = counted.get(ruleset)
  if (before !== undefined) return before
  const found = { known: 0, unknown: 0 }
  for (const { tracks } of rulesOf(ruleset)) {
    if (tracks === true) found.known += 1
    if (tracks === 'unknown') found.unknown += 1
  }
  counted.set(ruleset, found)
  return found
}
