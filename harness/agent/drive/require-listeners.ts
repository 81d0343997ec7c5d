import { canonicalAddress, formatAddressPort } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import { listeningPorts } from '../../flow/listener.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import type { DrivenFlow } from '../protocol.ts'

/** How many destinations are named before the rest is counted. */
const mostNamed = 5

/**
 * Sees to it that whoever flows are sent to has been told to the pod, be it as somebody who does not listen: what becomes of a flow that
 * nobody awaits says nothing of the rules.
 * @param isPodAddress whether an address is one of the pod's own.
 * @throws HarnessError (`input`) naming the destinations that the pod knows nothing of.
 */
export function requireListeners(flows: readonly DrivenFlow[], plan: PodPlan, isPodAddress: (address: string) => boolean): void {
  const known = placesOf(plan)
  const unknown = flows.filter(({ protocol, destination: { address, port } }) => {
    if (protocol === 'icmp') return false
    // On which of the pod's addresses somebody listens is for the flow to find out; a peer has TCP on all of them, or on some.
    const places = isPodAddress(address) ? [inPod(protocol, port)] : [at(protocol, address, port), at(protocol, '::', port)]
    return !places.some((place) => known.has(place))
  })
  if (unknown.length === 0) return
  const places = [...new Set(unknown.map(({ protocol, destination }) => `${protocol} ${formatAddressPort(destination)}`))]
  const named = places.length > mostNamed ? [...places.slice(0, mostNamed), `${places.length - mostNamed} more`] : places
  const hint = "add an application or a peer's listener to the pod's plan, or say there that it is closed"
  throw new HarnessError('input', `a flow is sent to where nobody is told to listen: ${named.join(', ')}`, { hint })
}

const protocols = ['tcp', 'udp'] as const
const inPod = (protocol: string, port: number): string => `${protocol} ${port}`
const at = (protocol: string, address: string, port: number): string => `${protocol} ${canonicalAddress(address)} ${port}`

/** Every port of the pod, and every address and port outside, that the plan says something of. */
function placesOf({ apps, peers, closed, proxy }: PodPlan): ReadonlySet<string> {
  return new Set([
    ...apps.map(({ protocol, port }) => inPod(protocol, port)),
    ...protocols.flatMap((protocol) => [
      ...[...listeningPorts(proxy.listeners), ...closed.map(({ port }) => port)].map((port) => inPod(protocol, port)),
      ...[...peers.flatMap((peer) => peer[protocol]), ...closed].map(({ address, port }) => at(protocol, address, port)),
    ]),
  ])
}
