import type { Family } from '../../core/address.ts'
import type { Protocol } from '../../flow/flow.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Interval, Truth } from '../../netfilter/interval-set.ts'
import type { ListeningSocket } from './listening-socket.ts'

/**
 * The packet's owner for xt_owner: a process, the kernel itself (a socket without a file, and so without credentials),
 * or nobody, as for every forwarded packet. `by-version`: the process whose listener resets what is no connection's, from
 * Linux 6.13 on, and before that the kernel or nobody (`orig_sk` of ip_send_unicast_reply in net/ipv4/ip_output.c, and
 * of tcp_v6_send_response in net/ipv6/tcp_ipv6.c).
 */
export type Owner = Credentials | 'kernel' | 'nobody' | 'by-version'

/** A port, or a range from which the kernel chooses one. */
export type Port = number | Interval<number>

/** Which end of a packet a hook may translate: the destination before routing, the source after it. */
export type Side = 'source' | 'destination'

/** The source or destination of a packet. */
export interface Endpoint {
  address: string
  port: Port
}

export interface Endpoints {
  source: Endpoint
  destination: Endpoint
}

/** The conntrack zone that a packet's connection is looked up in, and the directions that it applies to. */
export interface Zone {
  id: number
  direction: 'both' | 'original' | 'reply'
}

/**
 * A packet at one hook, as far as rules can ask about it. It has every field, where it has nothing there as well: objects
 * of one shape are read fast, and a packet is asked thousands of times.
 */
export interface Packet extends Endpoints {
  family: Family
  /** `icmp` is an echo request, `echo-reply` the answer to one, `error` an ICMP error about the connection. */
  protocol: Protocol | 'echo-reply' | 'error'
  in: string | undefined
  out: string | undefined
  owner: Owner
  mark: number
  /** As in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  tcpFlags: number
  /** DSCP and ECN; undefined where nobody here knows it: a socket or a rule may set it, and an answer has its own. */
  tos: number | undefined
  /** The conntrack state; `INVALID` until connection tracking has seen the packet, and if it finds no entry. */
  state: 'INVALID' | 'NEW' | 'ESTABLISHED' | 'RELATED' | 'UNTRACKED'
  zone: Zone
  /** A rule has set its TTL or hop limit. */
  hasOwnHopLimit: boolean
  /** The socket that TPROXY has chosen for it. */
  socket: ListeningSocket | undefined
}

/** The zone of every packet that no rule assigns one (nf_ct_zone_dflt). */
export const defaultZone: Zone = { id: 0, direction: 'both' }

export const protocolNumbers: Readonly<Record<Family, Readonly<Record<Packet['protocol'], number>>>> = {
  ipv4: { tcp: 6, udp: 17, icmp: 1, 'echo-reply': 1, error: 1 },
  ipv6: { tcp: 6, udp: 17, icmp: 58, 'echo-reply': 58, error: 58 },
}

/** As rules write them. */
export const protocolNames: Readonly<Record<Family, Readonly<Record<Packet['protocol'], string>>>> = {
  ipv4: { tcp: 'tcp', udp: 'udp', icmp: 'icmp', 'echo-reply': 'icmp', error: 'icmp' },
  ipv6: { tcp: 'tcp', udp: 'udp', icmp: 'ipv6-icmp', 'echo-reply': 'ipv6-icmp', error: 'ipv6-icmp' },
}

type Icmp = 'icmp' | 'echo-reply' | 'error'

/** Echo request, echo reply and port unreachable, by family: type and code. */
export const icmpTypes: Readonly<Record<Family, Readonly<Record<Icmp, readonly [type: number, code: number]>>>> = {
  ipv4: { icmp: [8, 0], 'echo-reply': [0, 0], error: [3, 3] },
  ipv6: { icmp: [128, 0], 'echo-reply': [129, 0], error: [1, 4] },
}

export const hasPorts = ({ protocol }: Packet): boolean => protocol === 'tcp' || protocol === 'udp'

/**
 * What conntrack has of an echo in place of ports (nf_conntrack_icmp.c): type and code of the request, or of its answer,
 * in place of the destination's, and in place of the source's the identifier, which nobody here knows.
 */
export const echoPorts = (family: Family, direction: 'original' | 'reply'): Readonly<Record<Side, Port>> => {
  const [type, code] = icmpTypes[family][direction === 'original' ? 'icmp' : 'echo-reply']
  return { source: { first: 0, last: 0xffff }, destination: type * 256 + code }
}

/** Whether the packet has an entry in the conntrack table. */
export const isTracked = ({ state }: Packet): boolean => state !== 'INVALID' && state !== 'UNTRACKED'

/**
 * Whether CT has given it a zone and connection tracking has not seen it yet. Until then it carries a conntrack
 * template, which counts as new and has no mark (nf_ct_tmpl_alloc in net/netfilter/nf_conntrack_core.c).
 */
export const hasTemplate = ({ state, zone }: Packet): boolean => state === 'INVALID' && zone !== defaultZone

export const sameEndpoint = (a: Endpoint, b: Endpoint): boolean =>
  a.address === b.address &&
  rangeOf(a.port).first === rangeOf(b.port).first &&
  rangeOf(a.port).last === rangeOf(b.port).last

export const sameEndpoints = (a: Endpoints, b: Endpoints): boolean =>
  sameEndpoint(a.source, b.source) && sameEndpoint(a.destination, b.destination)

export const rangeOf = (port: Port): Interval<number> => (typeof port === 'number' ? { first: port, last: port } : port)

/** Whether a port lies within a range, as far as the port is known. */
export function isWithin(port: Port, { first, last }: Interval<number>): Truth {
  const own = rangeOf(port)
  if (own.first >= first && own.last <= last) return true
  return own.last < first || own.first > last ? false : 'unknown'
}

export const copyOf = (packet: Packet): Packet => ({
  ...packet,
  source: { ...packet.source },
  destination: { ...packet.destination },
})

export const endpointsOf = ({ source, destination }: Packet): Endpoints => ({
  source: { ...source },
  destination: { ...destination },
})
