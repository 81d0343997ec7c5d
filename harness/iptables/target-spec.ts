import type { Around, ExtensionSpec, OptionSpec } from './extensions/option.ts'
import type { Target } from './tree.ts'
import type { Word } from './words.ts'

/** What was given for a target: each option's word, or undefined for one without a value. */
export type Given = ReadonlyMap<string, Word | undefined>

export interface TargetSpec extends ExtensionSpec {
  /**
   * @param at the target's name.
   * @returns undefined where the options say what nobody here knows; the target is kept as it is written then.
   * @throws HarnessError (`input`) for what iptables would refuse.
   */
  make(given: Given, at: Word, around: Around): Target | undefined
}

/** An option of a target that reads its own values. */
export const given = (option: string, more: Partial<OptionSpec> = {}): OptionSpec => ({
  option,
  words: 1,
  invertible: false,
  read: ([word]) => ({ kind: 'unknown', values: word === undefined ? [] : [word.text] }),
  ...more,
})
