import { isLoopback, withoutPrefix } from '../../core/address.ts'
import { tcpFlags } from './first-packet.ts'
import { defaultZone, type Endpoint, isTracked, type Owner, type Packet } from '../packet/packet.ts'
import type { ListeningSocket } from '../packet/listening-socket.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

interface Said {
  kind: 'accepted' | 'refused'
  owner: Owner
  /** The interface at whose other end it is said; undefined in the pod. */
  by?: string
}

/** The answer to a packet that has arrived: SYN+ACK or RST, a datagram, an echo reply, or an ICMP error. */
export function answerTo(packet: Packet, { kind, owner, by }: Said, stack: NetworkStack): Packet {
  const { protocol } = packet
  if (protocol === 'tcp')
    return back(packet, { protocol, owner, tcpFlags: kind === 'accepted' ? tcpFlags.synAck : resetOf(packet) })
  if (kind === 'refused' && owner !== 'nobody') return errorAbout(packet, owner, stack)
  const answer = back(packet, {
    protocol: kind === 'refused' ? 'error' : protocol === 'icmp' ? 'echo-reply' : protocol,
    owner,
    tcpFlags: 0,
  })
  return kind === 'refused' ? { ...answer, source: errorSource(answer, by, stack) } : answer
}

/**
 * From where a peer sends an ICMP error: IPv4 from what was dialled; IPv6 only if an interface has that address, and
 * from its own where it is but routed there (icmp6_send in net/ipv6/icmp.c, by ipv6_chk_addr).
 */
function errorSource({ family, source }: Packet, by: string | undefined, { pod: { links } }: NetworkStack): Endpoint {
  const link = links.find(({ name }) => name === by)
  return family === 'ipv4' || link === undefined ? source : { ...source, address: withoutPrefix(link.peer.ipv6) }
}

/** A reset acknowledges what does not acknowledge anything itself (RFC 9293, 3.5.2). */
const resetOf = ({ tcpFlags: flags }: Packet): number => ((flags & tcpFlags.ack) === 0 ? tcpFlags.rstAck : tcpFlags.rst)

/** An ICMP error that the pod sends, from the packet's destination if that is an address of the pod. */
function errorAbout(packet: Packet, owner: Owner, stack: NetworkStack): Packet {
  const error = back(packet, { protocol: 'error', owner, tcpFlags: 0 })
  if (stack.isLocal(packet.destination.address)) return error
  return { ...error, source: { ...error.source, address: stack.route(packet.source.address).source } }
}

/**
 * What REJECT sends, if that can be sent. It belongs to the packet's own connection, whatever zone is looked in
 * (nf_ct_attach in net/netfilter/core.c).
 */
export function rejectionOf(
  packet: Packet,
  type: string,
  isDelivered: boolean,
  stack: NetworkStack,
): Packet | undefined {
  const { family, destination } = packet
  // No reset answers a reset (nf_reject_ip_tcphdr_get in net/ipv4/netfilter/nf_reject_ipv4.c).
  if (type === 'tcp-reset' && (packet.tcpFlags & tcpFlags.rst) !== 0) return undefined
  const rejection = rejectionBy(type, packet, stack)
  // For a packet delivered to the pod itself, IPv4 sends the ICMP error from its destination (__icmp_send in
  // net/ipv4/icmp.c).
  if (family === 'ipv4' && type !== 'tcp-reset' && isDelivered && !stack.isLocal(destination.address)) return undefined
  return isRoutable(rejection, stack) ? rejection : undefined
}

function rejectionBy(type: string, packet: Packet, stack: NetworkStack): Packet {
  const state = isTracked(packet) ? 'RELATED' : 'INVALID'
  if (type === 'tcp-reset')
    return { ...back(packet, { protocol: 'tcp', owner: 'nobody', tcpFlags: resetOf(packet) }), state }
  return { ...errorAbout(packet, 'kernel', stack), state }
}

function back(
  { family, source, destination }: Packet,
  { protocol, owner, tcpFlags: flags }: Pick<Packet, 'protocol' | 'owner' | 'tcpFlags'>,
): Packet {
  return {
    family,
    protocol,
    source: { ...destination },
    destination: { ...source },
    in: undefined,
    out: undefined,
    owner,
    mark: 0,
    tcpFlags: flags,
    tos: undefined,
    state: 'INVALID',
    zone: defaultZone,
    hasOwnHopLimit: false,
    socket: undefined,
  }
}

/**
 * IPv4 has no route that leads out from a loopback address, but with route_localnet (__mkroute_output in
 * net/ipv4/route.c).
 */
export const isRoutable = ({ family, source, destination, mark }: Packet, stack: NetworkStack): boolean =>
  family === 'ipv6' ||
  !isLoopback(source.address) ||
  stack.pod.routeLocalnet === true ||
  stack.route(destination.address, { mark }).device === 'lo'

/**
 * The device that an answer must leave by, if there is one; false if no route leads back. For an RST or an echo reply
 * to ::1, IPv6 looks up the route on the interface whose address was reached, where only a default route matches
 * (tcp_v6_send_response in net/ipv6/tcp_ipv6.c and icmpv6_echo_reply in net/ipv6/icmp.c, by rt6_need_strict).
 */
export function wayBack(
  packet: Packet,
  isRefused: boolean,
  stack: NetworkStack,
  by?: ListeningSocket,
): { device?: string } | false {
  const { family, protocol, source, destination } = packet
  if (family === 'ipv4') {
    // Only IPv4 requires a local source address, unless the socket is transparent (FLOWI_FLAG_ANYSRC in
    // net/ipv4/route.c).
    if (!stack.isLocal(destination.address) && !by?.transparent) return false
    return isRoutable({ ...packet, source: destination, destination: source, mark: 0 }, stack) ? {} : false
  }
  const isBound = (protocol === 'icmp' && packet.in !== 'lo') || (isRefused && protocol === 'tcp')
  if (!isBound || source.address !== '::1' || isLoopback(destination.address)) return {}
  // A packet that a local route of the policy routing delivered was reached on lo, as one for an address that lo has.
  const isOnLo = !stack.isLocal(destination.address) || stack.isOwn(destination.address, 'lo')
  if (packet.in === 'lo' && isOnLo) return {}
  const { links } = stack.pod
  const reached =
    packet.in === 'lo'
      ? links.find(({ name }) => stack.addressOf(name, family) === destination.address)?.name
      : packet.in
  return reached !== undefined && reached === links[0]?.name ? { device: reached } : false
}
