import type { Family } from '../core/address.ts'
import type { Interval } from './interval-set.ts'

/** What a condition can ask of a packet, and what kind of number it has there. */
export interface FieldValues {
  /** Its number in the IP header. */
  protocol: number
  saddr: bigint
  daddr: bigint
  sport: number
  dport: number
  /** Both ports. */
  anyPort: number
  /** The interfaces by their names, as `interfaceNames` reads them; 0 where a hook has none. */
  iif: bigint
  oif: bigint
  /** Of who created the socket. */
  uid: number
  gid: number
  /** The primary and all supplementary groups. */
  anyGid: number
  mark: number
  ctmark: number
  /** The places in `connectionStates`; what is translated has several. */
  ctstate: number
  /** Its connection's bits, in the order of `connectionStatuses`. */
  ctstatus: number
  /** 0 for a packet in its connection's original direction, 1 for one in the other. */
  ctdir: number
  /** The protocol of its connection. */
  ctproto: number
  /** The ends of its connection as the first packet had them, and as an answer has them. */
  ctorigsrc: bigint
  ctorigdst: bigint
  ctreplsrc: bigint
  ctrepldst: bigint
  ctorigsrcport: number
  ctorigdstport: number
  ctreplsrcport: number
  ctrepldstport: number
  tcpFlags: number
  /** `type * 256 + code`. */
  icmp: number
  /** The octet of DSCP and ECN: IPv4's type of service, IPv6's traffic class. */
  tos: number
}

export type Field = keyof FieldValues

const addressFields = ['saddr', 'daddr', 'ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'] as const
/** Fields that hold an address: of the packet, or of an end of its connection. */
export type AddressField = (typeof addressFields)[number]

const connectionPorts = ['ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport'] as const
const portFields = ['sport', 'dport', 'anyPort', ...connectionPorts] as const
/** Fields that hold a port: of the packet, or of an end of its connection. */
export type PortField = (typeof portFields)[number]

const addresses: ReadonlySet<Field> = new Set(addressFields)
const ports: ReadonlySet<Field> = new Set(portFields)

export const isAddressField = (field: Field): field is AddressField => addresses.has(field)
export const isPortField = (field: Field): field is PortField => ports.has(field)

const fieldsOfWay: ReadonlySet<Field> = new Set([
  'protocol',
  'tcpFlags',
  'icmp',
  'tos',
  'ctstate',
  'ctstatus',
  'ctdir',
  'ctproto',
  'iif',
  'oif',
])

/** What is of the protocol, of the packet's place in the connection, or of the route, and not of who sends it where. */
export const isOfWay = (field: Field): boolean => fieldsOfWay.has(field)

/** What connection tracking says of a packet; SNAT and DNAT beside one of the others. */
export const connectionStates = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const
export type ConnectionState = (typeof connectionStates)[number]

/** What connection tracking keeps of a connection (IPS_EXPECTED and on, linux/netfilter/nf_conntrack_common.h). */
export const connectionStatuses = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'] as const

const upTo = (last: number): Interval<number> => ({ first: 0, last })
const bits = (count: bigint): Interval<bigint> => ({ first: 0n, last: (1n << count) - 1n })
const address = { ipv4: bits(32n), ipv6: bits(128n) }
/** IFNAMSIZ bytes. */
const interfaceName = bits(128n)

const domains: {
  readonly [F in Field]: Interval<FieldValues[F]> | Readonly<Record<Family, Interval<FieldValues[F]>>>
} = {
  protocol: upTo(0xff),
  saddr: address,
  daddr: address,
  sport: upTo(0xffff),
  dport: upTo(0xffff),
  anyPort: upTo(0xffff),
  iif: interfaceName,
  oif: interfaceName,
  uid: upTo(0xffffffff),
  gid: upTo(0xffffffff),
  anyGid: upTo(0xffffffff),
  mark: upTo(0xffffffff),
  ctmark: upTo(0xffffffff),
  ctstate: upTo(connectionStates.length - 1),
  ctstatus: upTo(2 ** connectionStatuses.length - 1),
  ctdir: upTo(1),
  ctproto: upTo(0xff),
  ctorigsrc: address,
  ctorigdst: address,
  ctreplsrc: address,
  ctrepldst: address,
  ctorigsrcport: upTo(0xffff),
  ctorigdstport: upTo(0xffff),
  ctreplsrcport: upTo(0xffff),
  ctrepldstport: upTo(0xffff),
  tcpFlags: upTo(0x3f),
  icmp: upTo(0xffff),
  tos: upTo(0xff),
}

/** All values that a field can have. */
export function domainOf<F extends Field>(field: F, family: Family): Interval<FieldValues[F]> {
  const domain = domains[field]
  return 'first' in domain ? domain : domain[family]
}
