import { conjoined } from '../core/conjoined.ts'
import type { Family } from '../core/address.ts'
import { type Dimension, domainOfDimension, type ValueSet } from '../classes/boxes/frame.ts'
import { partsTold } from '../classes/words.ts'
import { IntervalSet } from '../netfilter/interval-set.ts'

/**
 * Values of a dimension as a noun with what it has, or lacks: `UID 0`, `ports 80 and 443`, `any port but 22`.
 * @param noun undefined for addresses, which need none: `10.0.0.0/8`, `anywhere but 10.0.0.0/8`.
 */
export function valuesWords(dimension: Dimension, values: ValueSet, family: Family, noun?: string): string {
  const domain = domainOfDimension(dimension, family)
  // A packet that nobody marks has the mark 0.
  const known = dimension === 'mark' ? { ...domain, first: 1 } : domain
  const told = partsTold(dimension, values, IntervalSet.of(domain, known), { family })
  if (told === undefined) return noun === undefined ? 'anywhere' : `any ${noun}`
  const { length, first } = told.parts
  const parts = first.map((part) => part.replace(/-$/, ' and above'))
  const shown = length > first.length ? [...parts, `${length - first.length} more`] : parts
  if (told.isRest) return `${noun === undefined ? 'anywhere' : `any ${noun}`} but ${conjoined(shown)}`
  const isSeveral = values.size > 1 && noun !== undefined
  return `${noun === undefined ? '' : `${noun}${isSeveral ? 's' : ''} `}${conjoined(shown)}`
}

/** All of several parts of one dimension. */
export const joinedValues = (parts: readonly ValueSet[]): ValueSet | undefined =>
  parts.reduce<ValueSet | undefined>((all, each) => all?.union(each) ?? each, undefined)
