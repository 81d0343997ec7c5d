import type { Condition } from '../../netfilter/condition.ts'
import type { Truth } from '../../netfilter/interval-set.ts'
import type { Statement } from '../../netfilter/statement.ts'
import type { Family } from '../../core/address.ts'
import type { Context } from '../words/loader.ts'
import type { Word } from '../words/payload-words.ts'
import type { Around, Given, KeptOption, OptionSpec } from './option.ts'

/** The tables of the kernel. */
type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'

/** What both kinds of extension have. */
interface Extension {
  /** Only in this family. */
  family?: Family
  /** In the order in which iptables-save prints them. */
  options: readonly OptionSpec[]
  /** The kernel has it for this protocol alone, or for one of these. */
  protocols?: readonly number[]
  tables?: readonly TableName[]
  /** The kernel's own chains in which it may stand. */
  chains?: readonly string[]
}

/** What one `-m NAME` asks, in the order in which it prints that. */
export interface Asked {
  module: string
  options: Given[]
}

/** `-m NAME` */
export interface MatchExtension extends Extension {
  /** @returns what is wrong with all that it is asked, taken together. */
  check?(asked: Asked, around: Around): string | undefined
  /** Whether the kernel tracks connections for it (nf_ct_netns_get in its checkentry). */
  tracks: Truth
  /** What the kernel asks: `byOption` for one question after the other, `kept` for what Sidetrack does not know. */
  lower(asked: Asked, context: Context): Condition[]
}

/** What was given for a target: each option's word, or undefined for one without a value. */
export type TargetOptions = ReadonlyMap<string, Word | undefined>

interface Target extends Extension {
  /** @returns what a rule lacks for it, by the matches that it has. */
  needsBeside?(matches: readonly Asked[]): string | undefined
}

/** `-j NAME` whose meaning is known here. */
export interface KnownTarget<V> extends Target {
  /**
   * @param at the target's name.
   * @returns undefined where the options say what Sidetrack does not know; the target is kept as it is written then.
   * @throws HarnessError (`input`) for what iptables would refuse.
   */
  read(options: TargetOptions, at: Word, around: Around): V | undefined
  /** @returns its options as iptables-save prints them; empty where there are none. */
  print(value: V): string
  /** What the kernel does. */
  lower(value: V): Statement
}

/** `-j NAME` that is kept as it is written. */
export interface KeptTarget extends Target {
  options: readonly KeptOption[]
  /** @returns what is wrong with all of its options together. @param values of those options that have one. */
  check?(names: ReadonlySet<string>, around: Around, values: ReadonlyMap<string, string>): string | undefined
  /**
   * What that does to a packet: `continue` tells somebody, or sets what no rule here asks and no route is chosen by,
   * and the next rule follows (XT_CONTINUE in net/netfilter/xt_*.c; iptables-extensions(8)).
   */
  does: 'unknown' | 'continue' | 'tos' | 'hop-limit' | 'notrack'
  /** Options with which it does something else, which is not known here. */
  unknownWith?: readonly string[]
}

// biome-ignore lint/suspicious/noExplicitAny: each target has a value of its own, which nobody but itself looks into.
export type TargetExtension = KeptTarget | KnownTarget<any>

export const knownTarget = <V>(spec: KnownTarget<V>): KnownTarget<V> => spec
