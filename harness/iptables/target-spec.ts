import type { Family } from '../core/address.ts'
import type { Target } from './tree.ts'
import { type Word, wrongWord } from './words.ts'

/** What was given for a target: each option's word, or undefined for one without a value. */
export type Given = ReadonlyMap<string, Word | undefined>

export interface TargetSpec {
  /** Options with whether they have a value. */
  options: Readonly<Record<string, boolean>>
  /** With an option that is not listed here the target is one that is not known; without it such an option is refused. */
  open?: true
  /** @param at the target's name. @param protocol which the rule asks for. */
  make(given: Given, context: { at: Word; family: Family; protocol: number | undefined }): Target
}

/** @returns the one option of several that a target must have. @throws HarnessError (`input`) */
export function only(given: Given, at: Word, names: readonly string[]): [string, Word | undefined] {
  const found = names.filter((name) => given.has(name))
  const [name] = found
  if (name === undefined || found.length > 1) throw wrongWord(at, `${at.text} needs exactly one of ${names.join(', ')}`)
  return [name, given.get(name)]
}
