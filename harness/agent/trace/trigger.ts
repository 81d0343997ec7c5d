import { type Attribute, Netlink, netfilterHeader, netlinkFamily, type NetlinkMessage, networkOrder, NLM_F } from '../../sys/netlink.ts'
import { NFPROTO_INET, NFT_MSG, subsystem } from './nf-tables.ts'

/** Marks every packet that begins something, so that the kernel tells which rules it matches (linux/netfilter/nf_tables.h). */

const NFNL_MSG_BATCH = { begin: 16, end: 17 } as const
const NFTA = { table: { name: 1 }, chain: { table: 1, name: 3, hook: 4, type: 7 }, rule: { table: 1, chain: 2, expressions: 4 } } as const
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

/** Protocol, and what one byte of its header must be: a SYN without ACK, any datagram, an echo request. */
const beginnings: readonly { protocol: number; byte?: { offset: number; mask: number; value: number } }[] = [
  { protocol: 6, byte: { offset: 13, mask: 0x12, value: 0x02 } },
  { protocol: 17 },
  { protocol: 1, byte: { offset: 0, mask: 0xff, value: 8 } },
  { protocol: 58, byte: { offset: 0, mask: 0xff, value: 128 } },
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
const equals = (byte: number): Attribute => expression('cmp', { 1: NFT_REG_1, 2: NFT_CMP_EQ, 3: value(byte) })

function expressionsFor({ protocol, byte }: (typeof beginnings)[number]): Attribute[] {
  const asked = byte && [
    expression('payload', { 1: NFT_REG_1, 2: NFT_PAYLOAD_TRANSPORT_HEADER, 3: byte.offset, 4: 1 }),
    expression('bitwise', { 1: NFT_REG_1, 2: NFT_REG_1, 3: 1, 4: value(byte.mask), 5: value(0) }),
    equals(byte.value),
  ]
  return [
    expression('meta', { 1: NFT_REG_1, 2: NFT_META.protocol }),
    equals(protocol),
    ...(asked ?? []),
    expression('immediate', { 1: NFT_REG_1, 2: value(1) }),
    expression('meta', { 2: NFT_META.trace, 3: NFT_REG_1 }),
  ]
}

function message(type: number, attributes: readonly Attribute[], what: string): NetlinkMessage {
  return { type: subsystem.nfTables | type, flags: NLM_F.create, header: netfilterHeader(NFPROTO_INET), attributes, what }
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
  const rules = beginnings.map((beginning): Attribute[] => [
    [NFTA.rule.table, table],
    [NFTA.rule.chain, name],
    [NFTA.rule.expressions, expressionsFor(beginning)],
  ])
  return [
    message(NFT_MSG.newChain, chain, `nf_tables: add chain ${name}`),
    ...rules.map((rule): NetlinkMessage => {
      const added = message(NFT_MSG.newRule, rule, `nf_tables: add rule to ${name}`)
      return { ...added, flags: added.flags | NLM_F.append }
    }),
  ]
}

/** Makes the table in the calling thread's network namespace. @throws SystemCallError where the kernel has no nf_tables. */
export function makeTrigger(): void {
  const netlink = new Netlink(netlinkFamily.netfilter)
  const edge = (type: number): NetlinkMessage => ({
    type,
    flags: 0,
    header: netfilterHeader(0, subsystem.nfTables >> 8),
    attributes: [],
    what: 'nf_tables transaction',
  })
  try {
    netlink.carryOutAtOnce(
      edge(NFNL_MSG_BATCH.begin),
      [message(NFT_MSG.newTable, [[NFTA.table.name, table]], 'nf_tables: add table'), ...Object.entries(chains).flatMap(chainAndRules)],
      edge(NFNL_MSG_BATCH.end),
    )
  } finally {
    netlink.close()
  }
}
