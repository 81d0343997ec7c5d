import { inputError } from '../../core/errors.ts'

/** Releases whose rule text is the same: F is a chain of commands, G and I are restore payloads. */
export type Era = 'F' | 'G' | 'I'

interface BuiltIn {
  era: Era
  /** What the era is called here: its newest release, without the patch number. */
  release: string
  first: readonly number[]
  last: readonly number[]
}

const builtIn: readonly BuiltIn[] = [
  { era: 'F', release: '0.11', first: [0, 9, 1], last: [0, 11, 1] },
  { era: 'G', release: '1.0', first: [1, 0, 0], last: [1, 0, 0] },
  { era: 'I', release: '1.2', first: [1, 1, 1], last: [1, 2, 4] },
]

export const releases: readonly string[] = builtIn.map(({ release }) => release)

/**
 * Finds the built-in release that prints the same text.
 * @param version such as `1.2.4`; two numbers stand for their newest patch release, so `1.1` is one of era I.
 * @throws HarnessError (`input`) if no built-in release prints the text of this version.
 */
export function resolveRelease(version: string): Pick<BuiltIn, 'era' | 'release'> {
  const numbers = /^\d+\.\d+(\.\d+)?$/.test(version) ? version.split('.').map(Number) : []
  const found = builtIn.find(
    ({ first, last }) => numbers.length > 0 && compare(numbers, first) >= 0 && compare(numbers, last) <= 0,
  )
  if (found === undefined) {
    const known = builtIn.map(({ first, last }) => [...new Set([first.join('.'), last.join('.')])].join(' to '))
    throw inputError(
      `osm@${version}`,
      'this release of OSM is not built in',
      `built in are ${known.join(', ')}; write ${releases.slice(0, -1).join(', ')} or ${releases.at(-1)}`,
    )
  }
  return found
}

/** Compares as far as both are written. */
function compare(left: readonly number[], right: readonly number[]): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
