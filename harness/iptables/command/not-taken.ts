import type { Found } from '../words/getopt.ts'
import type { OptionId } from '../syntax/loaded-options.ts'
import { refusal } from './refused-options.ts'
import { wrongWord } from '../words/payload-words.ts'

/** Why an option is not taken: none is called so, more than one is, or its value is missing. */
export function notTaken(
  found: Exclude<Found<OptionId>, { kind: 'option' } | { kind: 'word' }>,
  loaded: readonly string[],
) {
  const { text } = found.at
  if (found.kind === 'no-value') return wrongWord(found.at, `the value of ${text} is missing at the end`)
  const hint = nearest(text, loaded)
  if (found.candidates.length > 1)
    return wrongWord(found.at, `${text} may be ${found.candidates.slice(0, 4).join(', ')}`)
  if (found.candidates.length === 1) return wrongWord(found.at, `${text} has no value`)
  return refusal(
    found.at,
    `no option ${text.split('=')[0]} is known to what is loaded here`,
    hint === undefined ? undefined : `did you mean ${hint}?`,
  )
}

/** The option that is one letter away, wherever, or begins alike. */
function nearest(text: string, names: readonly string[]): string | undefined {
  const written = text.split('=')[0] ?? ''
  return names.find(
    (name) =>
      Math.abs(name.length - written.length) <= 1 &&
      name.length > 4 &&
      (commonPrefix(name, written) >= Math.min(name.length, written.length) - 1 || isOneLetterOff(name, written)),
  )
}

function isOneLetterOff(a: string, b: string): boolean {
  const before = commonPrefix(a, b)
  const [restOfA = '', restOfB = ''] = [a, b].map((word) => [...word.slice(before)].reverse().join(''))
  return before + commonPrefix(restOfA, restOfB) >= Math.max(a.length, b.length) - 1
}

function commonPrefix(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
