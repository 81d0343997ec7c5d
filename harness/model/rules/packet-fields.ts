import type { Field, FieldValues } from '../../netfilter/field.ts'
import { connectionStates, connectionStatuses } from '../../netfilter/field.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import type { Value } from '../../netfilter/meets.ts'
import { addressNumber, interfaceNumber } from '../../netfilter/wide-values.ts'
import { formatFlags } from '../../core/tcp-flags.ts'
import { hex } from '../../netfilter/format.ts'
import { formatTos } from '../../core/tos.ts'
import type { Connection } from '../packet/connection.ts'
import { connectionMark } from './marks.ts'
import {
  echoPorts,
  type Endpoint,
  hasPorts,
  hasTemplate,
  icmpTypes,
  isTracked,
  type Owner,
  type Packet,
  type Port,
  protocolNames,
  protocolNumbers,
  type Side,
} from '../packet/packet.ts'
import type { Stage } from '../packet/stage.ts'

/**
 * The values that a packet has in a field, and the same as text. `never`: it has no such field, and every condition on
 * it fails.
 */
interface Has<F extends Field> {
  values: readonly Value<FieldValues[F]>[]
  actual: string
  never?: true
}

type Read<F extends Field> = (packet: Packet, connection: Connection, stage: Stage) => Has<F>

/** How each field is read. */
export const fieldsOf: { readonly [F in Field]: Read<F> } = {
  protocol: ({ family, protocol }) => ({
    values: [protocolNumbers[family][protocol]],
    actual: protocolNames[family][protocol],
  }),
  saddr: ({ source: { address } }) => ({ values: [addressNumber(address)], actual: address }),
  daddr: ({ destination: { address } }) => ({ values: [addressNumber(address)], actual: address }),
  sport: (packet) => ports(packet, [packet.source]),
  dport: (packet) => ports(packet, [packet.destination]),
  anyPort: (packet) => ports(packet, [packet.source, packet.destination]),
  // At a hook without such an interface the name is empty.
  iif: (packet) => ({ values: [interfaceNumber(packet.in)], actual: packet.in ?? 'none' }),
  oif: (packet) => ({ values: [interfaceNumber(packet.out)], actual: packet.out ?? 'none' }),
  uid: ({ owner }) => (typeof owner === 'object' ? ids([owner.uid]) : withoutCredentials(owner)),
  gid: ({ owner }) => (typeof owner === 'object' ? ids([owner.gid]) : withoutCredentials(owner)),
  anyGid: ({ owner }) => {
    if (typeof owner === 'object') return ids([owner.gid, ...owner.groups])
    // Without a socket, a match with --suppl-groups fails (owner_mt in net/netfilter/xt_owner.c).
    return { ...withoutCredentials(owner), ...(owner === 'nobody' && { never: true }) }
  },
  mark: ({ mark }) => ({ values: [mark], actual: hex(mark) }),
  ctmark: (packet, connection) => {
    const mark = connectionMark(packet, connection)
    // An untracked packet has no connection mark, so even a negated match fails (connmark_mt in
    // net/netfilter/xt_connmark.c).
    return mark === undefined
      ? { values: [], actual: 'no connection', never: true }
      : { values: [mark], actual: hex(mark) }
  },
  ctstate: (packet, connection) => {
    const states = statesOf(packet, connection)
    return { values: states.map((state) => connectionStates.indexOf(state)), actual: states.join(',') }
  },
  ctstatus: (packet, connection) => {
    if (!hasConnection(packet)) return noConnection
    const status = connection.statusOf(packet)
    if (status === undefined) return { values: [{ first: 0, last: 15 }], actual: 'a connection that began earlier' }
    const names = connectionStatuses.filter((_, index) => (status & (1 << index)) !== 0)
    return { values: [status], actual: names.join(',') || 'NONE' }
  },
  ctdir: (packet, connection, stage) => {
    if (!hasConnection(packet)) return noConnection
    const isReply = !hasTemplate(packet) && connection.isReply(stage)
    return { values: [isReply ? 1 : 0], actual: isReply ? 'REPLY' : 'ORIGINAL' }
  },
  ctproto: (packet, { protocol }) => {
    if (!hasConnection(packet)) return noConnection
    if (hasTemplate(packet)) return { values: [0], actual: ofTemplate }
    return { values: [protocolNumbers[packet.family][protocol]], actual: protocolNames[packet.family][protocol] }
  },
  ctorigsrc: endOf('original', 'source'),
  ctorigdst: endOf('original', 'destination'),
  ctreplsrc: endOf('reply', 'source'),
  ctrepldst: endOf('reply', 'destination'),
  ctorigsrcport: portOf('original', 'source'),
  ctorigdstport: portOf('original', 'destination'),
  ctreplsrcport: portOf('reply', 'source'),
  ctrepldstport: portOf('reply', 'destination'),
  tcpFlags: ({ protocol, tcpFlags }) =>
    protocol === 'tcp' ? { values: [tcpFlags], actual: formatFlags(tcpFlags) } : { values: [], actual: 'no TCP' },
  icmp: ({ family, protocol }) => {
    if (protocol === 'tcp' || protocol === 'udp') return { values: [], actual: 'no ICMP' }
    const [type, code] = icmpTypes[family][protocol]
    return { values: [type * 256 + code], actual: `${type}/${code}` }
  },
  tos: ({ tos }) =>
    tos === undefined
      ? { values: [{ first: 0, last: 0xff }], actual: 'cannot be determined' }
      : { values: [tos], actual: formatTos(tos) },
}

/** Whether connection tracking has given it an entry, or a template of one (nf_ct_get). */
const hasConnection = (packet: Packet): boolean => isTracked(packet) || hasTemplate(packet)

const noConnection = { values: [], actual: 'no connection' }

/** All of a template's tuples is zero (nf_ct_tmpl_alloc in net/netfilter/nf_conntrack_core.c). */
const ofTemplate = '0, as CT leaves it'

/** An address of its connection's tuples. */
function endOf(direction: 'original' | 'reply', side: Side) {
  return (packet: Packet, connection: Connection): { values: bigint[]; actual: string } => {
    if (!hasConnection(packet)) return noConnection
    if (hasTemplate(packet)) return { values: [0n], actual: ofTemplate }
    const { address } = connection.tuples[direction][side]
    return { values: [addressNumber(address)], actual: address }
  }
}

function portOf(direction: 'original' | 'reply', side: Side) {
  return (packet: Packet, connection: Connection): { values: Port[]; actual: string } => {
    if (!hasConnection(packet)) return noConnection
    if (hasTemplate(packet)) return { values: [0], actual: ofTemplate }
    const isEcho = connection.protocol !== 'tcp' && connection.protocol !== 'udp'
    if (isEcho)
      return { values: [echoPorts(packet.family, direction)[side]], actual: 'what ICMP has in place of a port' }
    const { port } = connection.tuples[direction][side]
    return { values: [port], actual: inWords(port) }
  }
}

const noCredentials = { kernel: "the kernel's own", nobody: 'no owner' } as const

const withoutCredentials = (owner: Exclude<Owner, object>): { values: Interval<number>[]; actual: string } =>
  owner === 'by-version'
    ? { values: [{ first: 0, last: 0xffff_ffff }], actual: "a listener's reset: its owner's from Linux 6.13 on" }
    : { values: [], actual: noCredentials[owner] }

const ids = (values: readonly number[]) => ({ values, actual: values.join(', ') })

function ports(packet: Packet, ends: readonly Endpoint[]): { values: readonly Port[]; actual: string; never?: true } {
  if (!hasPorts(packet)) return { values: [], actual: 'no port', never: true }
  const values = ends.map(({ port }) => port)
  return { values, actual: values.map(inWords).join(' and ') }
}

const inWords = (port: Port): string =>
  typeof port === 'number' ? `${port}` : `one from ${port.first} to ${port.last}`

function statesOf(packet: Packet, { translated }: Connection): (typeof connectionStates)[number][] {
  const isNatted = (side: 'source' | 'destination'): boolean => isTracked(packet) && translated[side] !== undefined
  return [
    hasTemplate(packet) ? 'NEW' : packet.state,
    ...(isNatted('source') ? ['SNAT' as const] : []),
    ...(isNatted('destination') ? ['DNAT' as const] : []),
  ]
}
