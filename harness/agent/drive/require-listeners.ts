import { canonicalAddress, formatAddressPort } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import { rememberedOf } from '../../core/remembered.ts'
import { listeningPorts } from '../../flow/listener.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import type { DrivenFlow } from '../protocol.ts'

/** How many destinations are named before the rest is counted. */
const mostNamed = 5

/**
 * Checks that the pod's plan knows every destination, if only as one where nobody listens: the fate of a flow to an
 * unknown destination proves nothing about the rules.
 * @param isPodAddress whether an address is one of the pod's own.
 * @throws HarnessError (`input`) with the destinations that the plan does not know.
 */
export function requireListeners(
  flows: readonly DrivenFlow[],
  plan: PodPlan,
  isPodAddress: (address: string) => boolean,
): void {
  const known = placesOf(plan)
  const unknown = flows.filter(({ protocol, destination: { address, port } }) => {
    if (protocol === 'icmp') return false
    // The flow itself shows on which of the pod's addresses somebody listens; a peer may listen for TCP on all of its
    // addresses or on some.
    const places = isPodAddress(address)
      ? [inPod(protocol, port)]
      : [at(protocol, address, port), at(protocol, '::', port)]
    return !places.some((place) => known.has(place))
  })
  if (unknown.length === 0) return
  const places = [
    ...new Set(unknown.map(({ protocol, destination }) => `${protocol} ${formatAddressPort(destination)}`)),
  ]
  const named =
    places.length > mostNamed ? [...places.slice(0, mostNamed), `${places.length - mostNamed} more`] : places
  const hint = "add an application or a peer's listener to the pod's plan, or say there that it is closed"
  throw new HarnessError('input', `a flow is sent to where nobody is told to listen: ${named.join(', ')}`, { hint })
}

const protocols = ['tcp', 'udp'] as const
const inPod = (protocol: string, port: number): string => `${protocol} ${port}`
const at = (protocol: string, address: string, port: number): string =>
  `${protocol} ${canonicalAddress(address)} ${port}`

/** Every port of the pod, and every address and port outside of it, that the plan mentions. */
const placesOf = rememberedOf(
  ({ apps, peers, closed, proxy }: PodPlan): ReadonlySet<string> =>
    new Set([
      ...apps.map(({ protocol, port }) => inPod(protocol, port)),
      ...protocols.flatMap((protocol) => [
        ...[...listeningPorts(proxy.listeners), ...closed.map(({ port }) => port)].map((port) => inPod(protocol, port)),
        ...[...peers.flatMap((peer) => peer[protocol]), ...closed].map(({ address, port }) =>
          at(protocol, address, port),
        ),
      ]),
    ]),
)
