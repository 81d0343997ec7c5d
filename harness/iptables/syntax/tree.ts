import type { Family } from '../../core/address.ts'
import type { IpSet } from '../../flow/ip-set.ts'
import type { Asked, MatchExtension, TargetExtension } from '../extensions/extension.ts'
import type { Given } from '../extensions/option.ts'
import type { Place } from '../words/place.ts'

/**
 * The kernel's tables in the order in which a packet meets them, and their own chains in the order of their hooks
 * (iptables(8)).
 */
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
  /** The sets that its texts say the members of, by name. */
  sets: Map<string, IpSet>
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

export interface Rule {
  /** What iptables itself reads: addresses, interfaces, protocol, in the order in which it prints them. */
  options: Given[]
  /** The modules in the order in which they are asked. */
  matches: Match[]
  /** Nothing happens without one: the rule only counts. */
  target?: Target
  counters?: Counters
  place: Place
}

/** One module (`-m owner`) with what it is asked, in the order in which it prints that. */
export interface Match extends Asked {
  spec: MatchExtension
}

export type Target =
  | { kind: 'jump' | 'goto'; chain: string }
  /**
   * `value` is what its extension has read; without it the target is kept as it is written, and Sidetrack does not know
   * what it does.
   */
  | { kind: 'extension'; name: string; words: readonly string[]; spec: TargetExtension; value?: unknown }
