import { type Netlink, netfilterHeader, type NetlinkMessage } from '../sys/sockets/netlink.ts'

/** Subsystems of nfnetlink, where a message's type has them (linux/netfilter/nfnetlink.h). */
export const subsystem = { log: 4 << 8, nfTables: 10 << 8 } as const

/** Messages of nf_tables (linux/netfilter/nf_tables.h). */
export const NFT_MSG = { newTable: 0, deleteTable: 2, newChain: 3, newRule: 6, getRule: 7, getGeneration: 16 } as const

/** The family of a table for both IPv4 and IPv6, which iptables has none of. */
export const NFPROTO_INET = 1

const NFNL_MSG_BATCH = { begin: 16, end: 17 } as const

/** Changes nf_tables: all of it, or nothing. @throws SystemCallError naming the first message that the kernel refused. */
export function changeTables(netlink: Netlink, messages: readonly NetlinkMessage[]): void {
  const edge = (type: number): NetlinkMessage => ({
    type,
    flags: 0,
    header: netfilterHeader(0, subsystem.nfTables >> 8),
    attributes: [],
    what: 'nf_tables transaction',
  })
  netlink.carryOutAtOnce(edge(NFNL_MSG_BATCH.begin), messages, edge(NFNL_MSG_BATCH.end))
}
