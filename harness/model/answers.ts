import { isLoopback } from '../core/address.ts'
import { tcpFlags } from './first-packet.ts'
import { defaultZone, isTracked, type Owner, type Packet } from './packet.ts'
import type { ListeningSocket } from './listening-socket.ts'
import type { World } from './world.ts'

interface Said {
  kind: 'accepted' | 'refused'
  owner: Owner
}

/** What comes back for a packet that has arrived: an acceptance or an RST, a datagram, an echo reply, or an ICMP error about either. */
export function answerTo(packet: Packet, { kind, owner }: Said, world: World): Packet {
  const { protocol } = packet
  if (protocol === 'tcp') return back(packet, { protocol, owner, tcpFlags: kind === 'accepted' ? tcpFlags.synAck : tcpFlags.rstAck })
  if (kind === 'refused' && owner !== 'nobody') return errorAbout(packet, owner, world)
  return back(packet, { protocol: kind === 'refused' ? 'error' : protocol === 'icmp' ? 'echo-reply' : protocol, owner, tcpFlags: 0 })
}

/** An ICMP error of the pod's own, from where the packet went if that is an address of the pod's. */
function errorAbout(packet: Packet, owner: Owner, world: World): Packet {
  const error = back(packet, { protocol: 'error', owner, tcpFlags: 0 })
  if (world.isLocal(packet.destination.address)) return error
  return { ...error, source: { ...error.source, address: world.route(packet.source.address).source } }
}

/**
 * What REJECT says, if it can be sent: it counts as an answer of the packet's own connection, wherever that is looked for
 * (nf_ct_attach in net/netfilter/core.c).
 */
export function rejectionOf(packet: Packet, type: string, isDelivered: boolean, world: World): Packet | undefined {
  const { family, destination } = packet
  const rejection = rejectionBy(type, packet, world)
  // IPv4 would send an ICMP error about what the pod delivers to itself from where that went (__icmp_send in net/ipv4/icmp.c).
  if (family === 'ipv4' && type !== 'tcp-reset' && isDelivered && !world.isLocal(destination.address)) return undefined
  return isRoutable(rejection, world) ? rejection : undefined
}

function rejectionBy(type: string, packet: Packet, world: World): Packet {
  const state = isTracked(packet) ? 'RELATED' : 'INVALID'
  if (type === 'tcp-reset') return { ...back(packet, { protocol: 'tcp', owner: 'nobody', tcpFlags: tcpFlags.rstAck }), state }
  return { ...errorAbout(packet, 'kernel', world), state }
}

function back({ family, source, destination }: Packet, own: Pick<Packet, 'protocol' | 'owner' | 'tcpFlags'>): Packet {
  return { family, source: { ...destination }, destination: { ...source }, mark: 0, state: 'INVALID', zone: defaultZone, ...own }
}

/** IPv4 has no route that leads out from a loopback address (__mkroute_output in net/ipv4/route.c). */
export const isRoutable = ({ family, source, destination, mark }: Packet, world: World): boolean =>
  family === 'ipv6' || !isLoopback(source.address) || world.route(destination.address, { mark }).device === 'lo'

/**
 * The device that an answer has to leave by, if there is one; false where there is no way back. IPv6 looks for the way of an RST
 * or an echo reply to ::1 on the interface whose address was reached, where only a default route takes it (tcp_v6_send_response in
 * net/ipv6/tcp_ipv6.c and icmpv6_echo_reply in net/ipv6/icmp.c, by rt6_need_strict).
 */
export function wayBack(packet: Packet, isRefused: boolean, world: World, by?: ListeningSocket): { device?: string } | false {
  const { family, protocol, source, destination } = packet
  if (family === 'ipv4') {
    // IPv4 alone asks whether the source is its own, but for a transparent socket (FLOWI_FLAG_ANYSRC in net/ipv4/route.c).
    if (!world.isLocal(destination.address) && !by?.transparent) return false
    return isRoutable({ ...packet, source: destination, destination: source, mark: 0 }, world) ? {} : false
  }
  const isBound = (protocol === 'icmp' && packet.in !== 'lo') || (isRefused && protocol === 'tcp')
  if (!isBound || source.address !== '::1' || isLoopback(destination.address)) return {}
  // What a local route of policy routing has taken has been reached on lo.
  if (packet.in === 'lo' && !world.isLocal(destination.address)) return {}
  const { links } = world.pod
  const reached = packet.in === 'lo' ? links.find(({ name }) => world.addressOf(name, family) === destination.address)?.name : packet.in
  return reached !== undefined && reached === links[0]?.name ? { device: reached } : false
}
