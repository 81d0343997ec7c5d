import {
  type Attribute,
  Netlink,
  netfilterHeader,
  netlinkFamily,
  type NetlinkMessage,
  networkOrder,
  NLM_F,
} from '../../sys/sockets/netlink.ts'
import { echoTypes } from '../echo.ts'
import { segmentMark } from '../segment.ts'
import { changeTables, NFPROTO_INET, NFT_MSG, subsystem } from '../nf-tables.ts'

/**
 * Turns on tracing for the first packet of every connection, its answer and, for TCP, the acknowledgement of the answer
 * (linux/netfilter/nf_tables.h).
 */

const NFTA = {
  table: { name: 1 },
  chain: { table: 1, name: 3, hook: 4, type: 7 },
  rule: { table: 1, chain: 2, expressions: 4 },
} as const
const NFTA_HOOK = { number: 1, priority: 2 } as const
const NFTA_EXPR = { name: 1, data: 2 } as const
const NFTA_LIST_ELEM = 1
const NFTA_DATA_VALUE = 1
const NFT_REG_1 = 1
const NFT_META = { trace: 12, protocol: 16 } as const
const NFT_PAYLOAD_TRANSPORT_HEADER = 2
const NFT_CMP_EQ = 0

/** Before everything that iptables has (linux/netfilter_ipv4.h, nf_ip_hook_priorities). */
const priority = -450
const table = 'sidetrack'
const chains = { prerouting: 0, output: 3 } as const

interface Wanted {
  protocol: number
  /** What some of its header must be. */
  header?: { offset: number; mask: readonly number[]; value: readonly number[] }[]
}

const tcpFlags = (mask: number, value: number) => ({ offset: 13, mask: [mask], value: [value] })
/**
 * The sequence number of an RST that answers a SYN; one that ends a connection has that connection's (RFC 9293,
 * 3.10.7.1).
 */
const noSequence = { offset: 4, mask: [0xff, 0xff, 0xff, 0xff], value: [0, 0, 0, 0] }
const icmpType = (type: number) => ({ offset: 0, mask: [0xff], value: [type] })

/**
 * A SYN, its two answers, an ACK that carries nothing as the third packet of a connection is, a raw segment of ours and
 * the reset that answers it, any datagram, an echo request and its reply.
 */
const wanted: readonly Wanted[] = [
  { protocol: 6, header: [tcpFlags(0x12, 0x02)] },
  { protocol: 6, header: [tcpFlags(0x12, 0x12)] },
  { protocol: 6, header: [tcpFlags(0x14, 0x14), noSequence] },
  { protocol: 6, header: [tcpFlags(0x1f, 0x10)] },
  { protocol: 6, header: [{ offset: 4, mask: [0xff, 0xff, 0, 0], value: [segmentMark >> 8, segmentMark & 0xff] }] },
  { protocol: 17 },
  ...Object.values(echoTypes.ipv4).map((type) => ({ protocol: 1, header: [icmpType(type)] })),
  ...Object.values(echoTypes.ipv6).map((type) => ({ protocol: 58, header: [icmpType(type)] })),
]

type Fields = Readonly<Record<number, number | Attribute[]>>

function expression(name: string, fields: Fields): Attribute {
  const data = Object.entries(fields).map(
    ([type, value]): Attribute => [Number(type), typeof value === 'number' ? networkOrder(value) : value],
  )
  return [
    NFTA_LIST_ELEM,
    [
      [NFTA_EXPR.name, name],
      [NFTA_EXPR.data, data],
    ],
  ]
}

const value = (...bytes: number[]): Attribute[] => [[NFTA_DATA_VALUE, Uint8Array.from(bytes)]]
const equals = (...bytes: number[]): Attribute => expression('cmp', { 1: NFT_REG_1, 2: NFT_CMP_EQ, 3: value(...bytes) })

function expressionsFor({ protocol, header = [] }: Wanted): Attribute[] {
  const asked = header.flatMap((part) => [
    expression('payload', { 1: NFT_REG_1, 2: NFT_PAYLOAD_TRANSPORT_HEADER, 3: part.offset, 4: part.mask.length }),
    expression('bitwise', {
      1: NFT_REG_1,
      2: NFT_REG_1,
      3: part.mask.length,
      4: value(...part.mask),
      5: value(...part.mask.map(() => 0)),
    }),
    equals(...part.value),
  ])
  return [
    expression('meta', { 1: NFT_REG_1, 2: NFT_META.protocol }),
    equals(protocol),
    ...asked,
    expression('immediate', { 1: NFT_REG_1, 2: value(1) }),
    expression('meta', { 2: NFT_META.trace, 3: NFT_REG_1 }),
  ]
}

function message(type: number, attributes: readonly Attribute[], what: string): NetlinkMessage {
  return {
    type: subsystem.nfTables | type,
    flags: NLM_F.create,
    header: netfilterHeader(NFPROTO_INET),
    attributes,
    what,
  }
}

function chainAndRules([name, hook]: readonly [string, number]): NetlinkMessage[] {
  const at: Attribute[] = [
    [NFTA_HOOK.number, networkOrder(hook)],
    [NFTA_HOOK.priority, networkOrder(priority)],
  ]
  const chain: Attribute[] = [
    [NFTA.chain.table, table],
    [NFTA.chain.name, name],
    [NFTA.chain.hook, at],
    [NFTA.chain.type, 'filter'],
  ]
  const rules = wanted.map((each): Attribute[] => [
    [NFTA.rule.table, table],
    [NFTA.rule.chain, name],
    [NFTA.rule.expressions, expressionsFor(each)],
  ])
  return [
    message(NFT_MSG.newChain, chain, `nf_tables: add chain ${name}`),
    ...rules.map((rule): NetlinkMessage => {
      const added = message(NFT_MSG.newRule, rule, `nf_tables: add rule to ${name}`)
      return { ...added, flags: added.flags | NLM_F.append }
    }),
  ]
}

/**
 * Makes the table in the calling thread's network namespace. @throws SystemCallError where the kernel has no nf_tables.
 */
export function makeTrigger(): void {
  const netlink = new Netlink(netlinkFamily.netfilter)
  try {
    changeTables(netlink, [
      message(NFT_MSG.newTable, [[NFTA.table.name, table]], 'nf_tables: add table'),
      ...Object.entries(chains).flatMap(chainAndRules),
    ])
  } finally {
    netlink.close()
  }
}
