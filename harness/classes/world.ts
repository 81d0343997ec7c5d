import type { Family } from '../core/address.ts'
import type { PodPlan } from '../flow/pod-plan.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import { Distinctions } from './distinctions.ts'
import { OpenStack } from './open-stack.ts'

/** Rules, and the pod in which flows meet them. */
export interface World {
  rulesets: Readonly<Record<Family, Ruleset>>
  /** Somebody listens wherever a flow may lead. */
  stack: OpenStack
  distinctions: Readonly<Record<Family, Distinctions>>
}

/**
 * @param rulesets what the kernel executes, by family. @param pod as `planJob` plans it; which applications and peers
 * listen in it does not matter. @param routing the policy routing that belongs to the rules.
 */
export function worldOf(
  rulesets: Readonly<Record<Family, Ruleset>>,
  pod: PodPlan,
  routing?: Pick<PolicyRouting, 'rules' | 'routes'>,
): World {
  const peers = pod.peers.map(({ interface: name, rules }) => ({
    interface: name,
    tcp: [],
    udp: [],
    ...(rules && { rules }),
  }))
  const stack = new OpenStack({ ...pod, apps: [], peers, closed: [] }, routing)
  return {
    rulesets,
    stack,
    distinctions: { ipv4: new Distinctions(stack, 'ipv4'), ipv6: new Distinctions(stack, 'ipv6') },
  }
}
