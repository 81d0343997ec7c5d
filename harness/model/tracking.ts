import { modules } from '../iptables/modules.ts'
import type { Rule, Ruleset } from '../iptables/tree.ts'
import type { Truth } from './answer.ts'
import { isIdle, isNotrack } from './idle-targets.ts'

const known = new WeakMap<Ruleset, Truth>()

/**
 * Whether connections are tracked: only where some rule of the family needs it, be it one that no packet meets (nf_ct_netns_get
 * in net/netfilter/nf_conntrack_proto.c). Where none does, nothing is ever new, and nat is not asked.
 */
export function isTracking(ruleset: Ruleset): Truth {
  const found = known.get(ruleset) ?? findOut(ruleset)
  known.set(ruleset, found)
  return found
}

function findOut({ tables }: Ruleset): Truth {
  const rules = [...tables.values()].flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules))
  return rules.some(needsIt) || (rules.some(mayNeedIt) && 'unknown')
}

function needsIt({ matches, target }: Rule): boolean {
  if (matches.some(({ module }) => module === 'conntrack' || module === 'state' || module === 'connmark')) return true
  switch (target?.kind) {
    case 'redirect':
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'connmark':
      return true
    case 'ct':
      return target.action === 'zone'
    default:
      return false
  }
}

const mayNeedIt = ({ matches, target }: Rule): boolean =>
  (target?.kind === 'unknown' && !isIdle(target) && !isNotrack(target)) || matches.some(({ module }) => !Object.hasOwn(modules, module))
