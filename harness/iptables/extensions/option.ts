import type { Family } from '../../core/address.ts'
import type { Question } from '../../netfilter/condition.ts'
import type { Context } from '../words/loader.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'
import type { Kind } from './kinds.ts'

/** What a rule says beside an option. */
export interface Around {
  family: Family
  /** 0 where the rule asks for none. */
  protocol: number
  /** Whether it asks for every protocol but this one. */
  otherProtocols: boolean
}

/** One option of an extension, as getopt_long(3) and libxtables know it. */
interface Form {
  /** As iptables-save prints it. */
  option: string
  /** Other names of it. */
  also?: readonly string[]
  /** This is another name of that option, which can do less. */
  as?: string
  /** Whether `!` may stand before it. */
  invertible: boolean
  /** How many words its value has; `maybe` is one that does not begin with '-' or '!'. */
  words: 0 | 1 | 2 | 'maybe'
  /** May stand more than once. */
  repeatable?: true
  /** Without it the module is refused. */
  required?: true
  /** Options beside which it is refused, and those without which it is. */
  without?: readonly string[]
  needs?: readonly string[]
  /** This option stands before it. */
  follows?: string
  /** Its value is free text, which may look like an option. */
  isText?: true
  /** The kernel's own chains in which nobody may ask this, where packets do not have what it asks about. */
  notIn?(words: readonly string[]): readonly string[]
}

/** An option whose meaning is not known here: its words are kept as they are written. */
export interface KeptOption extends Form {
  /** @throws HarnessError (`input`) for a value that libxtables refuses. */
  check(words: readonly Word[], around: Around): void
}

/** What an option is lowered with. */
export interface Asking extends Context {
  negated: boolean
  /** All that the match is asked, this among it. */
  beside: readonly Given[]
}

/** An option whose meaning is known: how it is read, printed and lowered. */
export interface KnownOption<V> extends Form {
  /**
   * @returns undefined for a name that only a machine could look up; it is kept as it is written then, since only that
   * machine knows what it means.
   * @throws HarnessError (`input`) for a value that libxtables refuses.
   */
  read(words: readonly Word[], around: Around): V | undefined
  /** @returns the value as iptables-save prints it; undefined where there is none. */
  print(value: V): string | undefined
  /** What the kernel asks. */
  lower(value: V, asking: Asking): Question
  /** Whether iptables-save leaves it out, since it is true of every packet. */
  isLeftOut?(value: V): boolean
}

// biome-ignore lint/suspicious/noExplicitAny: each option has a value of its own, which nobody but itself looks into.
export type OptionSpec = KeptOption | KnownOption<any>

/** One option that a rule gives, as it is written. */
export interface Given {
  option: string
  negated: boolean
  /** Its words as they are written. */
  words: readonly string[]
  /** What its option has read; undefined where its meaning is not known here. */
  value?: unknown
  spec: OptionSpec
}

/** Helps to tell what a value is; to the type checker each option is its own. */
export const known = <V>(spec: KnownOption<V>): KnownOption<V> => spec

/** The value of an option of just this specification, if it is one and its meaning is known. */
export const valueRead = <V>(spec: KnownOption<V>, given: Given): V | undefined =>
  given.spec === spec ? (given.value as V) : undefined

type More = Partial<Omit<KeptOption, 'option' | 'words' | 'check'>>

/** An option without a value, whose meaning Sidetrack does not know. */
export const flag = (option: string, more: More = {}): KeptOption => ({
  option,
  words: 0,
  invertible: false,
  ...more,
  check: () => {},
})

/**
 * An option with one value, whose meaning Sidetrack does not know; the value is checked against its kind all the same.
 */
export const value = (option: string, kind: Kind, more: More = {}): KeptOption => ({
  option,
  words: 1,
  invertible: false,
  ...more,
  check: ([word], { family }) => checkKind(word, kind, family),
})

/** @throws HarnessError (`input`) */
export function checkKind(word: Word | undefined, kind: Kind, family: Family): void {
  if (word === undefined) throw new TypeError('an option has been read without its value')
  if (!kind.accepts(word.text, family)) throw wrongWord(word, `'${word.text}' is not ${kind.what}`)
}

/** A known option with one word. */
export const one = <V>(
  spec: Omit<KnownOption<V>, 'words' | 'read' | 'invertible'> & {
    read(word: Word, around: Around): V | undefined
    invertible?: false
  },
): KnownOption<V> => ({
  invertible: true,
  ...spec,
  words: 1,
  read: ([word], around) => {
    if (word === undefined) throw new TypeError('an option has been read without its value')
    return spec.read(word, around)
  },
})

export const not: More = { invertible: true }
export const must: More = { required: true }
export const mustNot: More = { required: true, invertible: true }
/** The kernel's own chains where a packet has no way out yet, and those where it has come in by no interface. */
export const chainsBefore = ['PREROUTING', 'INPUT']
export const chainsBehind = ['OUTPUT', 'POSTROUTING']
/** A flag that `!` may stand before. */
export const flagNot = (option: string): KeptOption => flag(option, not)
