import type { Decision, DecisionField } from './decision.ts'
import type { Field, FieldValues } from './field.ts'
import type { IntervalSet } from './interval-set.ts'

/** A condition as the rule's text has it, for people. */
export interface Asked {
  /** What is asked about: `--uid-owner`. */
  subject: string
  /** What it is held against: `1500`. */
  value?: string
  /** Whether the text asks for the opposite. */
  negated: boolean
}

/** `! --uid-owner 1500` */
export const textOf = ({ asked: { subject, value, negated } }: Condition): string =>
  `${negated ? '! ' : ''}${subject}${value === undefined ? '' : ` ${value}`}`

/** One question about a packet. A rule matches if the answer to each is yes. */
export type Condition = { asked: Asked } & Question

/** What is asked; `unknown` is kept as it is written, and nobody guesses what it means. */
export type Question = FieldQuestion | Account | AddressType | InSet | Opaque

/**
 * A set over a field: the packet's value, by those bits of it that count, lies in the set. Negation is the complement.
 */
export type FieldQuestion = { [F in Field]: OverField<F> }[Field]

export interface OverField<F extends Field = Field> {
  kind: 'field'
  field: F
  /** Bits that count; all of them without it. */
  mask?: FieldValues[F]
  in: IntervalSet<FieldValues[F]>
  /** Where a field has several values, whether one of them in the set is enough. */
  values: 'any' | 'every'
  /** What holds for a packet that has no such field. */
  ifAbsent: boolean
  /** The account or group that the rule's text names in place of its number. */
  account?: { name: string; id: number }
}

/** A UID or GID by a name that is looked up where the rules are loaded, and not known here. */
export interface Account {
  kind: 'account'
  field: 'uid' | 'gid' | 'anyGid'
  name: string
  ifAbsent: boolean
}

/** What kind of address it is to the pod (net/netfilter/xt_addrtype.c). */
export interface AddressType {
  kind: 'address-type'
  side: 'source' | 'destination'
  types: readonly string[]
  /** Asked about this interface alone. */
  device?: 'in' | 'out'
  negated: boolean
}

/** Whether it is in a set of ipset(8) whose members are known (net/netfilter/xt_set.c). */
export interface InSet {
  kind: 'set'
  name: string
  /** Several for a set of sets: it is in one of them. */
  anyOf: readonly Decision[]
  /** What is asked about, in the order of the rule's directions, for people. */
  asks: readonly DecisionField[]
  negated: boolean
  /** Rules add members as packets pass, or take some away: then nobody knows of what is not in it, or is. */
  changes: ReadonlySet<'adds' | 'takes'>
  /** Why nobody knows, where that is not since rules change it. */
  why?: string
}

export type Opaque =
  /** By which interface types of addresses are asked for: that by itself holds always. */
  | { kind: 'limit-interface'; side: 'in' | 'out' }
  /**
   * Whether the pod has a socket for it already (net/netfilter/xt_socket.c). @property wildcard one on every address
   * counts.
   */
  | { kind: 'socket'; transparent: boolean; wildcard: boolean; restoresMark: boolean }
  /** Whether it comes from a socket of this host (net/netfilter/xt_owner.c). */
  | { kind: 'socket-exists'; negated: boolean }
  /** Whether it is a fragment behind the first. */
  | { kind: 'fragment'; negated: boolean }
  /** Holds always. */
  | { kind: 'comment'; text: string }
  /** Whether this packet is one that a die or a counter picks, which is so for this share of all of them. */
  | { kind: 'chance'; share: number }
  /** @property why what is not known, where that is not what the module asks. */
  | { kind: 'unknown'; values: readonly string[]; why?: string }
