import { HarnessError } from '../../core/errors.ts'
import { type Place, place } from '../../iptables/words/place.ts'

/** What a text has lost on its way, and what it would say if that were put back. */
export interface Damage extends Place {
  /** `a '*' is missing before the table's name` */
  what: string
  /** `it is read as '*nat'` */
  assumed: string
  /** What to capture in its place, where the text is whole and does not say enough. */
  instead?: string
}

/** Lines that a message names; the rest is counted. */
const mostNamed = 20

/** @throws HarnessError (`input`) naming each, a line each. */
export function refuse(damages: readonly Damage[]): never {
  const sorted = damages.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const lines = sorted.slice(0, mostNamed).map((each) => `${place(each.line, each.column)}: ${each.what}`)
  const more = sorted.length > mostNamed ? [`and ${sorted.length - mostNamed} more such places`] : []
  throw new HarnessError('input', [...lines, ...more].join('\n'), {
    hint: `${sorted.find(({ instead }) => instead !== undefined)?.instead ?? 'the text is damaged; capture it again'}, or say --complete: ${[...new Set(sorted.slice(0, mostNamed).map(({ assumed }) => assumed))].slice(0, 3).join('; ')}`,
  })
}

/** What was assumed in a text's stead: a line each. */
export function assumptions(damages: readonly Damage[]): string[] {
  return damages.map((each) => `assumed: line ${each.line}: ${each.what}; ${each.assumed}`)
}
