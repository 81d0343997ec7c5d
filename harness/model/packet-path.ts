import { isLoopback } from '../core/address.ts'
import { type Arrival, kernelEnds, type Passage, passHook } from './hooks.ts'
import type { Packet } from './packet.ts'
import { Unpredictable } from './unpredictable.ts'
import type { World } from './world.ts'

/**
 * A packet that a process of the pod, or the kernel, sends. Its ends are rewritten where a rule translates them.
 * @param bound the device that the sender's socket is bound to. @param chosen a device that the first route has to be by.
 */
export function sendFromPod(packet: Packet, passage: Passage, bound?: string, chosen?: string): Arrival {
  const { world } = passage
  const { mark } = packet
  const routed = packet.destination.address
  packet.out = chosen ?? world.route(routed, { mark, bound }).device
  let device = packet.out
  const ended = passHook('OUTPUT', packet, passage, (isChanged) => {
    // A new mark or destination has a new route; a socket that is bound to a device stays on it.
    const { address } = packet.destination
    if (isChanged) device = world.route(address, { mark: packet.mark, bound }).device
    // No route leads out from a loopback address (__mkroute_output in net/ipv4/route.c); IPv6 leaves that to whom it reaches.
    if (packet.family !== 'ipv4' || device === 'lo' || !isLoopback(packet.source.address)) return undefined
    kernelEnds(passage, 'OUTPUT', `no route leads out by ${device} from the loopback address ${packet.source.address}`)
    return { at: 'unroutable' }
  })
  if (ended?.at === 'reject') return { ...ended, isDelivered: device === 'lo' }
  return ended ?? leave(packet, device, passage)
}

/** A packet that comes in by an interface. @param isRouted it keeps its route to the pod itself, as what goes by loopback does. */
export function enterPod(packet: Packet, device: string, passage: Passage, isRouted = false): Arrival {
  const { world } = passage
  packet.in = device
  delete packet.out
  packet.owner = 'nobody'
  const routed = packet.destination.address
  const ended = passHook('PREROUTING', packet, passage)
  if (ended !== undefined) return ended
  const { address } = packet.destination
  // What went by loopback keeps its route, unless nat changes where it goes (skb_valid_dst in ip_rcv_finish_core).
  if (isRouted && address === routed) return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  if (address === '::1' && device !== 'lo') throw new Unpredictable('the kernel may refuse or drop what comes by a wire for ::1')
  const next = world.route(address, { mark: packet.mark, iif: device }).device
  const isStrange = isMartian(packet, device, next, world)
  if (isStrange && device !== 'lo')
    return kernelDrops(passage, `nothing that is for a loopback address, or from one of the pod's own, may come in by ${device}`)
  if (isStrange) return kernelDrops(passage, `it has come in by lo from the pod itself, and its new destination has another route`)
  if (next === 'lo') return passHook('INPUT', packet, passage) ?? { at: 'pod' }
  // What TPROXY has given to a socket is not forwarded (ip_forward in net/ipv4/ip_forward.c).
  if (world.pod.inner === undefined || packet.socket !== undefined)
    return kernelDrops(passage, `${address} is no address of the pod's, and the pod forwards nothing there`)
  if (packet.hasOwnHopLimit) throw new Unpredictable('a rule sets how far it may still go, and the pod forwards it')
  packet.out = next
  return passHook('FORWARD', packet, passage) ?? leave(packet, next, passage)
}

/**
 * Whether the kernel throws away what has come in, for its addresses: those of loopback have no business on a wire (RFC 1122, 3.2.1.3;
 * route_localnet is off), and to IPv4 on loopback neither, where a packet has lost the route that it had been sent with; nor has
 * what comes from the pod itself, to IPv4 from wherever a route leads there. That route is looked up as if the answer had come in by
 * the interface that the packet goes to next, and no mark counts (fib_validate_source in net/ipv4/fib_frontend.c).
 * @param next the interface that it is forwarded to, or lo.
 */
function isMartian({ family, source, destination }: Packet, device: string, next: string, world: World): boolean {
  if (family === 'ipv6' && device === 'lo') return false
  if (isLoopback(destination.address) || isLoopback(source.address) || world.isLocal(source.address)) return true
  return family === 'ipv4' && world.route(source.address, { iif: next }).device === 'lo'
}

function kernelDrops(passage: Passage, why: string): Arrival {
  kernelEnds(passage, 'PREROUTING', why)
  return { at: 'drop', hook: 'PREROUTING' }
}

function leave(packet: Packet, device: string, passage: Passage): Arrival {
  packet.out = device
  delete packet.in
  const ended = passHook('POSTROUTING', packet, passage)
  if (ended !== undefined) return ended
  return device === 'lo' ? enterPod(packet, 'lo', passage, true) : { at: 'wire', device }
}
