import type { Interval } from '../../netfilter/interval-set.ts'

/** Bare words need no quotes (xtables_save_string in libxtables); an empty one does. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`
}

export const range = ({ first, last }: Interval<number>, separator: string): string =>
  first === last ? `${first}` : `${first}${separator}${last}`

/** A word that is kept as it was written needs quotes where a blank would split it. */
export const word = (text: string): string =>
  /[\s"\\]/.test(text) || text === '' ? `"${text.replace(/["\\]/g, '\\$&')}"` : text

/** The parts that are there. */
export const joined = (...parts: readonly (string | false | undefined)[]): string => parts.filter(Boolean).join(' ')
