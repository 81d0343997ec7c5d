import { isLoopback } from '../../core/address.ts'
import type { Protocol } from '../../flow/flow.ts'
import { isBehind, isRouted, linkBefore } from '../../flow/networks-behind.ts'
import type { Link } from '../../flow/pod-plan.ts'
import type { Connection } from '../packet/connection.ts'
import type { Outcome } from './outcome.ts'
import { certain } from './near-end.ts'
import type { Endpoint, Packet } from '../packet/packet.ts'
import { Unpredictable } from '../packet/unpredictable.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

/** The outcome for a packet that leaves the pod by an interface. @param isSegment it is one of no connection. */
export function onWire(
  { source, destination, family }: Packet,
  device: string,
  protocol: Protocol,
  connection: Connection,
  stack: NetworkStack,
  isSegment = false,
): Outcome {
  if (isLoopback(source.address) || isLoopback(destination.address)) return { kind: 'dropped' }
  const translated = connection.translated.destination !== undefined
  const { inner, links } = stack.pod
  if (device === inner?.bridge && destination.address !== inner.address)
    throw new Unpredictable(
      `nobody behind ${device} has ${destination.address}: the kernel says so to its sender, after some time`,
    )
  const outcome = atPeer(device, protocol, destination, translated, stack)
  const link = links.find(({ name }) => name === device)
  // Behind the bridge everything is answered by the pod; the kernel drops what seems to come from itself.
  if (device === inner?.bridge) return source.address === inner.address ? { kind: 'dropped' } : outcome
  // Whoever stands there forwards nothing.
  if (link !== undefined && isElsewhere(destination.address, link, stack)) return { kind: 'dropped' }
  const isKnown =
    link?.behind === undefined ? isKnownToPeers(source.address, stack) : !isForeign(source.address, link, stack)
  if (isKnown) return outcome
  // A peer owns every address except the pod's: IPv4 drops packets that seem to come from itself, IPv6 sends the answer
  // to itself.
  if (family === 'ipv6' && isSegment)
    return { kind: 'received', at: 'peer', local: certain(destination), translated, isAnswerLost: true }
  const arrives = family === 'ipv6' && protocol !== 'tcp' && outcome.kind === 'received'
  return arrives ? { ...outcome, isAnswerLost: true } : { kind: 'dropped' }
}

/**
 * Whether an address is not at an interface's other end: it is the pod's way to the address that leads there, or the
 * device that the sender's socket is bound to.
 */
function isElsewhere(address: string, link: Link, { addresses, pod: { inner, links } }: NetworkStack): boolean {
  if (addresses.includes(address)) return true
  if (link.behind !== undefined) return !isBehind(address, link)
  return isRouted(address, link) || address === inner?.address || linkBefore(address, links) !== undefined
}

/** Whatever the rules are, the sender gets EINVAL before anything is sent. */
export const notSent = (): Unpredictable =>
  new Unpredictable('the kernel refuses to send it, since it would leave from a loopback address', { isOfFlow: true })

const isKnownToPeers = (address: string, { addresses, pod }: NetworkStack): boolean =>
  addresses.includes(address) || address === pod.inner?.address || linkBefore(address, pod.links) !== undefined

/** Whether whoever stands behind an interface takes an address for its own. */
const isForeign = (address: string, link: Link, { addresses }: NetworkStack): boolean =>
  !addresses.includes(address) && isBehind(address, link)

/** The outcome for a packet that reaches the host at an interface's other end. */
export function atPeer(
  device: string,
  protocol: Protocol,
  to: Endpoint,
  translated: boolean,
  stack: NetworkStack,
): Outcome {
  const peer = stack.pod.peers.find((candidate) => candidate.interface === device)
  if (peer?.rules !== undefined && peer.rules.length > 0)
    throw new Unpredictable(`the peer at ${device} has rules of its own`)
  if (protocol !== 'icmp' && !stack.mayPeerListen(device, protocol, to)) return { kind: 'refused', by: 'peer' }
  const local = certain(to)
  if (protocol === 'icmp' || stack.isPeerListening(device, protocol, local))
    return { kind: 'received', at: 'peer', local, translated }
  return { kind: 'refused', by: 'peer' }
}
