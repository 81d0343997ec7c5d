import { isLoopback } from '../../core/address.ts'
import { linkBefore } from '../../flow/networks-behind.ts'
import { type Arrival, kernelEnds, type Passage, passHook } from './hooks.ts'
import type { Packet } from '../packet/packet.ts'
import type { Lookup } from '../stack/policy-routes.ts'
import { noRoute, Unpredictable } from '../packet/unpredictable.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

/**
 * Sends a packet of a process in the pod, or of its kernel. Translations change the packet in place.
 * @param bound the device that the sender's socket is bound to. @param chosen the device that the first route must use.
 */
export function sendFromPod(packet: Packet, passage: Passage, bound?: string, chosen?: string): Arrival {
  const { stack } = passage
  const { mark } = packet
  const routed = packet.destination.address
  const found = chosen ?? deviceFor(routed, { mark, bound }, stack)
  if (found === undefined) throw noRoute(routed, bound ?? '')
  packet.out = found
  let device = found
  const ended = passHook('OUTPUT', packet, passage, (isChanged) => {
    // A changed mark or destination needs a new route; a socket that is bound to a device stays on it.
    const { address } = packet.destination
    const next = isChanged ? deviceFor(address, { mark: packet.mark, bound }, stack) : device
    if (next === undefined) {
      kernelEnds(passage, 'OUTPUT', noRoute(address, bound ?? '').message)
      return { at: 'unroutable' }
    }
    device = next
    // No route leads out from a loopback address (__mkroute_output in net/ipv4/route.c), but with route_localnet; IPv6
    // leaves that check to the receiver.
    if (packet.family !== 'ipv4' || stack.pod.routeLocalnet || device === 'lo' || !isLoopback(packet.source.address))
      return undefined
    kernelEnds(passage, 'OUTPUT', `no route leads out by ${device} from the loopback address ${packet.source.address}`)
    return { at: 'unroutable' }
  })
  if (ended?.at === 'reject') return { ...ended, isDelivered: device === 'lo' }
  return ended ?? leave(packet, device, passage)
}

/**
 * Receives a packet on an interface. @param isRouted it keeps its route to the pod itself, as packets on loopback do.
 */
export function enterPod(packet: Packet, device: string, passage: Passage, isRouted = false): Arrival {
  const { stack } = passage
  packet.in = device
  packet.out = undefined
  packet.owner = 'nobody'
  const routed = packet.destination.address
  // No rule sees it (ip6_rcv_core in net/ipv6/ip6_input.c).
  if (packet.family === 'ipv6' && device !== 'lo' && [packet.source.address, routed].some(isLoopback))
    return kernelDrops(passage, `no loopback address may come in by ${device}`)
  const ended = passHook('PREROUTING', packet, passage)
  if (ended !== undefined) return ended
  const { address } = packet.destination
  // A packet on loopback keeps its route, unless nat changes its destination (skb_valid_dst in ip_rcv_finish_core).
  if (isRouted && address === routed) return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  if (address === '::1' && device !== 'lo')
    throw new Unpredictable('the kernel may refuse or drop what comes by a wire for ::1', { isOfFlow: true })
  const next = deviceFor(address, { mark: packet.mark, iif: device }, stack)
  const isStrange = isMartian(packet, device, next, stack)
  if (isStrange && device !== 'lo')
    return kernelDrops(
      passage,
      `nothing that is for a loopback address, or from one of the pod's own, may come in by ${device}`,
    )
  if (isStrange)
    return kernelDrops(passage, `it has come in by lo from the pod itself, and its new destination has another route`)
  if (next === 'lo') return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  if (packet.socket === undefined) requireSurroundings(packet, device, stack)
  // A packet that TPROXY assigned to a socket is not forwarded (ip_forward in net/ipv4/ip_forward.c).
  if (!stack.forwards(packet.family) || packet.socket !== undefined)
    return kernelDrops(passage, `${address} is no address of the pod's, and the pod forwards nothing there`)
  if (packet.hasOwnHopLimit) throw new Unpredictable('a rule sets how far it may still go, and the pod forwards it')
  packet.out = next
  return passHook('FORWARD', packet, passage) ?? leave(packet, next, passage)
}

/** A captured text tells of the pod or node itself at most. Only who stands behind its interfaces is known. */
function requireSurroundings(
  { family, destination: { address } }: Packet,
  device: string,
  { pod: { mayForward, inner, links } }: NetworkStack,
): void {
  const isFromBehind = device === inner?.bridge || links.some(({ name, behind }) => name === device && behind)
  const isBehind = address === inner?.address || linkBefore(address, links) !== undefined
  if (mayForward?.includes(family) !== true || isFromBehind || isBehind) return
  throw new Unpredictable(
    `${address} is nobody known here: the text does not tell who has it, nor whether the machine forwards to it`,
    {
      isOfSurroundings: true,
    },
  )
}

/**
 * Whether the kernel drops an incoming packet for its addresses. Loopback addresses are invalid on a wire (RFC 1122,
 * 3.2.1.3), but with route_localnet for a destination (ip_route_input_slow in net/ipv4/route.c) and, in IPv4, on
 * loopback for a packet that has lost the route it was sent with. So is a source address of the pod and, in IPv4, any
 * source that is routed to the pod itself. That route is looked up as if the answer came in by the interface that the
 * packet goes to next, without a mark (fib_validate_source in net/ipv4/fib_frontend.c).
 * @param next the interface that it is forwarded to, or lo.
 */
function isMartian(
  { family, source, destination }: Packet,
  device: string,
  next: string,
  stack: NetworkStack,
): boolean {
  if (family === 'ipv6' && device === 'lo') return false
  if (
    (isLoopback(destination.address) && stack.pod.routeLocalnet !== true) ||
    isLoopback(source.address) ||
    stack.isLocal(source.address)
  )
    return true
  return family === 'ipv4' && stack.route(source.address, { iif: next }).device === 'lo'
}

function deviceFor(address: string, lookup: Omit<Lookup, 'bound'>, stack: NetworkStack): string
function deviceFor(address: string, lookup: Lookup, stack: NetworkStack): string | undefined
function deviceFor(address: string, { bound, ...lookup }: Lookup, stack: NetworkStack): string | undefined {
  if (stack.isSharedByRouters(address))
    throw new Unpredictable(`${address} is shared by all routers of its network, and the pod is one of them`, {
      isOfFlow: true,
    })
  return (bound === undefined ? stack.route(address, lookup) : stack.routeBy(bound, address, lookup))?.device
}

function kernelDrops(passage: Passage, why: string): Arrival {
  kernelEnds(passage, 'PREROUTING', why)
  return { at: 'drop', hook: 'PREROUTING' }
}

function leave(packet: Packet, device: string, passage: Passage): Arrival {
  packet.out = device
  packet.in = undefined
  const ended = passHook('POSTROUTING', packet, passage)
  if (ended !== undefined) return ended
  return device === 'lo' ? enterPod(packet, 'lo', passage, true) : { at: 'wire', device }
}
