import type { Family } from '../../core/address.ts'
import { withoutProxys } from '../../flow/listener.ts'
import type { AppPlan, AppSocket, PodPlan } from '../../flow/pod-plan.ts'
import type { PolicyRouting } from '../../flow/policy-routing.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
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
 * @param rulesets what the kernel executes, by family. @param pod as `planJob` plans it; which of its applications and
 * peers listen for that plan's own flows does not matter. @param routing the policy routing that belongs to the rules.
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
  const listening = Object.entries(pod.listening ?? {}) as [AppPlan['protocol'], readonly AppSocket[]][]
  const apps = listening.flatMap(([protocol, sockets]) =>
    withoutProxys(sockets, pod.proxy.listeners).map((socket) => ({ protocol, ...socket })),
  )
  const stack = new OpenStack({ ...pod, apps, peers, closed: [] }, routing)
  return {
    rulesets,
    stack,
    distinctions: {
      ipv4: new Distinctions(stack, 'ipv4', rulesets.ipv4),
      ipv6: new Distinctions(stack, 'ipv6', rulesets.ipv6),
    },
  }
}
