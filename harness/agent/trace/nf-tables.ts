/** Subsystems of nfnetlink, where a message's type has them (linux/netfilter/nfnetlink.h). */
export const subsystem = { log: 4 << 8, nfTables: 10 << 8 } as const

/** Messages of nf_tables (linux/netfilter/nf_tables.h). */
export const NFT_MSG = { newTable: 0, newChain: 3, newRule: 6, getRule: 7 } as const

/** The family of a table for both IPv4 and IPv6, which iptables has none of. */
export const NFPROTO_INET = 1
