import { isLoopback } from '../core/address.ts'
import { tcpFlags } from './first-packet.ts'
import { commonZone, isTracked, type Owner, type Packet } from './packet.ts'
import type { World } from './world.ts'

interface Said {
  kind: 'accepted' | 'refused'
  owner: Owner
}

/** What comes back for a packet that has arrived: an acceptance or an RST, a datagram, an echo reply, or an ICMP error about either. */
export function answerTo(packet: Packet, { kind, owner }: Said): Packet {
  const { protocol } = packet
  if (protocol === 'tcp') return back(packet, { protocol, owner, tcpFlags: kind === 'accepted' ? tcpFlags.synAck : tcpFlags.rstAck })
  return back(packet, { protocol: kind === 'refused' ? 'error' : protocol === 'icmp' ? 'echo-reply' : protocol, owner, tcpFlags: 0 })
}

/**
 * What REJECT says, if it can be sent: it counts as an answer of the packet's own connection, wherever that is looked for
 * (nf_ct_attach in net/netfilter/core.c).
 */
export function rejectionOf(packet: Packet, type: string, world: World): Packet | undefined {
  const rejection = rejectionBy(type, packet, world)
  return isRoutable(rejection, world) ? rejection : undefined
}

function rejectionBy(type: string, packet: Packet, world: World): Packet {
  const state = isTracked(packet) ? 'RELATED' : 'INVALID'
  if (type === 'tcp-reset') return { ...back(packet, { protocol: 'tcp', owner: 'nobody', tcpFlags: tcpFlags.rstAck }), state }
  const rejection = { ...back(packet, { protocol: 'error', owner: 'kernel', tcpFlags: 0 }), state } as const
  if (world.isLocal(packet.destination.address)) return rejection
  return { ...rejection, source: { ...rejection.source, address: world.route(packet.source.address).source } }
}

function back({ family, source, destination }: Packet, own: Pick<Packet, 'protocol' | 'owner' | 'tcpFlags'>): Packet {
  return { family, source: { ...destination }, destination: { ...source }, mark: 0, state: 'INVALID', zone: commonZone, ...own }
}

/** IPv4 has no route that leads out from a loopback address (__mkroute_output in net/ipv4/route.c). */
export const isRoutable = ({ family, source, destination }: Packet, world: World): boolean =>
  family === 'ipv6' || !isLoopback(source.address) || world.route(destination.address).device === 'lo'

/**
 * The device that an answer has to leave by, if there is one; false where there is no way back. IPv6 looks for the way of an RST
 * or an echo reply to ::1 on the interface whose address was reached, where only a default route takes it (tcp_v6_send_response in
 * net/ipv6/tcp_ipv6.c and icmpv6_echo_reply in net/ipv6/icmp.c, by rt6_need_strict).
 */
export function wayBack(packet: Packet, isRefused: boolean, world: World): { device?: string } | false {
  const { family, protocol, source, destination } = packet
  if (family === 'ipv4') return isRoutable({ ...packet, source: destination, destination: source }, world) ? {} : false
  const isBound = (protocol === 'icmp' && packet.in !== 'lo') || (isRefused && protocol === 'tcp')
  if (!isBound || source.address !== '::1' || isLoopback(destination.address)) return {}
  const { links } = world.surrounding
  const reached = packet.in === 'lo' ? links.find(({ name }) => world.addressOf(name, family) === destination.address)?.name : packet.in
  return reached !== undefined && reached === links[0]?.name ? { device: reached } : false
}
