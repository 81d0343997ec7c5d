import { wholeNumber } from '../words/c-numbers.ts'
import type { Asked } from './extension.ts'
import { largest } from './kinds.ts'
import type { Around, Given } from './option.ts'

interface Options {
  options: readonly Given[]
}

export const has = ({ options }: Options, option: string): boolean => options.some((given) => given.option === option)

/** The first word behind an option. */
export const wordOf = ({ options }: Options, option: string): string | undefined =>
  options.find((given) => given.option === option)?.words[0]

/** The same as a number. */
export const numberOf = (asked: Options, option: string): bigint | undefined =>
  wholeNumber(wordOf(asked, option) ?? '', largest[64])

/** @returns a check for at least one option. */
export const needsAny =
  (what: string) =>
  ({ options }: Asked): string | undefined =>
    options.length === 0 ? `needs ${what}` : undefined

/** @returns a check for one of several options. */
export const atLeast =
  (message: string, ...options: readonly string[]) =>
  (asked: Asked): string | undefined =>
    options.some((option) => has(asked, option)) ? undefined : `needs ${message}`

export const isTcp = ({ protocol, otherProtocols }: Around): boolean => protocol === 6 && !otherProtocols

/** @returns a check of a target for at least one of its options. */
export const needsOption = (names: ReadonlySet<string>): string | undefined =>
  names.size === 0 ? 'needs one of its options' : undefined
