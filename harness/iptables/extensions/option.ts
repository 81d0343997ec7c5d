import type { Family } from '../../core/address.ts'
import type { Match, Question, TableName } from '../tree.ts'
import { type Word, wrongWord } from '../words.ts'
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
export interface OptionSpec {
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
  /** @throws HarnessError (`input`) for a value that libxtables refuses. */
  read(values: readonly Word[], around: Around): Question
}

/** What both kinds of extension have. */
export interface ExtensionSpec {
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

export interface ModuleSpec extends ExtensionSpec {
  /** @returns what is wrong with all that a module is asked, taken together. */
  check?(match: Match, around: Around): string | undefined
}

type More = Partial<Omit<OptionSpec, 'option' | 'words' | 'read'>>

/** An option without a value whose meaning nobody here knows. */
export const flag = (option: string, more: More = {}): OptionSpec => ({
  option,
  words: 0,
  invertible: false,
  ...more,
  read: () => ({ kind: 'unknown', values: [] }),
})

/** An option with one value whose meaning nobody here knows, and which is held against its kind all the same. */
export const value = (option: string, kind: Kind, more: More = {}): OptionSpec => ({
  option,
  words: 1,
  invertible: false,
  ...more,
  read: ([word], { family }) => ({ kind: 'unknown', values: [checked(word, kind, family).text] }),
})

export function checked(word: Word | undefined, kind: Kind, family: Family): Word {
  if (word === undefined) throw new TypeError('an option has been read without its value')
  if (!kind.accepts(word.text, family)) throw wrongWord(word, `'${word.text}' is not ${kind.what}`)
  return word
}

export const not: More = { invertible: true }

/** @returns a check for at least one option. */
export const needsAny =
  (what: string) =>
  ({ conditions }: Match): string | undefined =>
    conditions.length === 0 ? `needs ${what}` : undefined

/** The value of an option in a module whose meaning nobody here knows. */
export function givenValue({ conditions }: Match, option: string): string | undefined {
  const found = conditions.find((condition) => condition.option === option)
  return found?.kind === 'unknown' ? found.values[0] : undefined
}

export const has = ({ conditions }: Match, option: string): boolean => conditions.some((condition) => condition.option === option)

/** @returns a check for one of several options. */
export const atLeast =
  (message: string, ...options: readonly string[]) =>
  (match: Match): string | undefined =>
    options.some((option) => has(match, option)) ? undefined : `needs ${message}`
