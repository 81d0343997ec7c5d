import type { Family } from '../core/address.ts'

/** The kernel's tables in the order in which a packet meets them, and their own chains in the order of their hooks (iptables(8)). */
export const builtinChains = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type TableName = keyof typeof builtinChains

export const isTableName = (name: string): name is TableName => Object.hasOwn(builtinChains, name)

/** All rules of one family, as they stand after loading. */
export interface Tree {
  family: Family
  /** Those that a rule text has spoken of. */
  tables: Map<TableName, Table>
}

export interface Table {
  name: TableName
  /** The kernel's own first, by hook; then the others in the order in which they were made. */
  chains: Map<string, Chain>
}

export interface Chain {
  name: string
  /** The kernel's own chains have one. */
  policy?: 'ACCEPT' | 'DROP'
  counters?: Counters
  rules: Rule[]
}

export interface Counters {
  packets: number
  bytes: number
}

/** Where something stands in the text that the rules came from, counted from 1. */
export interface Place {
  line: number
  column: number
}

export interface Rule {
  /** What iptables itself reads: addresses, interfaces, protocol, in the order in which it prints them. */
  conditions: Condition[]
  /** The modules in the order in which they are asked. */
  matches: Match[]
  /** Nothing happens without one: the rule only counts. */
  target?: Target
  counters?: Counters
  place: Place
}

/** One module (`-m owner`) with what is asked of it, in the order in which it prints that. */
export interface Match {
  module: string
  conditions: Condition[]
}

/** From first to last, both included. */
export interface Range {
  first: number
  last: number
}

export interface AddressRange {
  first: string
  last: string
}

export type ConnectionState = 'INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED' | 'SNAT' | 'DNAT'

/** One question about a packet. A rule matches if the answer to each is yes. */
export type Condition = { option: string; negated: boolean } & Question

/** What is asked. `unknown` is kept as it is written, and nobody guesses what it means. */
export type Question =
  | { kind: 'address'; side: 'source' | 'destination'; address: string; mask: string }
  | { kind: 'interface'; side: 'in' | 'out'; name: string }
  | { kind: 'protocol'; protocol: number }
  | { kind: 'fragment' }
  | { kind: 'ports'; side: 'source' | 'destination' | 'either'; ranges: Range[] }
  | { kind: 'tcp-flags'; mask: number; set: number }
  | { kind: 'icmp-type'; type: number | 'any'; code?: number }
  | { kind: 'owner'; of: 'uid' | 'gid'; range: Range; supplementary?: true }
  /** An account or group by its name, which iptables looks up where it loads the rule. */
  | { kind: 'owner-name'; of: 'uid' | 'gid'; name: string; supplementary?: true }
  | { kind: 'socket-exists' }
  | { kind: 'states'; states: ConnectionState[] }
  | { kind: 'mark'; of: 'packet' | 'connection'; value: number; mask: number }
  | { kind: 'address-type'; side: 'source' | 'destination'; types: string[] }
  /** The types are asked about one interface alone. */
  | { kind: 'limit-interface'; side: 'in' | 'out' }
  /** What kind of socket `-m socket` looks for. */
  | { kind: 'socket-option' }
  | { kind: 'comment'; text: string }
  | { kind: 'unknown'; values: string[] }

export type Target =
  | { kind: 'accept' | 'drop' | 'return' }
  | { kind: 'jump' | 'goto'; chain: string }
  | { kind: 'redirect'; ports?: Range; random: boolean }
  | { kind: 'dnat'; addresses?: AddressRange; ports?: Range; shift?: number; random: boolean; persistent: boolean }
  | { kind: 'snat'; addresses?: AddressRange; ports?: Range; random: boolean; fully: boolean; persistent: boolean }
  | { kind: 'masquerade'; ports?: Range; random: boolean; fully: boolean }
  /** The packet's mark becomes `(mark & ~mask) ^ value`. */
  | { kind: 'mark'; value: number; mask: number }
  | { kind: 'connmark'; action: 'set'; value: number; mask: number }
  | { kind: 'connmark'; action: 'save' | 'restore'; nfmask: number; ctmask: number }
  | { kind: 'ct'; action: 'notrack' }
  | { kind: 'ct'; action: 'zone'; direction: 'both' | 'original' | 'reply'; zone: number }
  | { kind: 'tproxy'; port: number; address: string; value: number; mask: number }
  | { kind: 'log'; prefix?: string; level: number; flags: string[] }
  | { kind: 'reject'; with: string }
  /** A target that is not known here, with its options as they are written. */
  | { kind: 'unknown'; name: string; values: string[] }
