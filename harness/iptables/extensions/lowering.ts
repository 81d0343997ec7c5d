import type { Family } from '../../core/address.ts'
import type { Asked as AskedText, Condition, FieldQuestion, OverField, Question } from '../../netfilter/condition.ts'
import { domainOf, type Field, type FieldValues } from '../../netfilter/field.ts'
import { type Interval, IntervalSet } from '../../netfilter/interval-set.ts'
import type { Context } from '../words/loader.ts'
import { valueText } from './print-option.ts'
import type { Asked, MatchExtension } from './extension.ts'
import type { Given } from './option.ts'

/** A set over a field; where the text asks for the opposite, its complement. */
export function over<F extends Field>(
  field: F,
  { negated, family }: { negated: boolean; family: Family },
  intervals: readonly Interval<FieldValues[F]>[],
  more: Partial<Pick<OverField<F>, 'mask' | 'ifAbsent' | 'account'>> = {},
): FieldQuestion {
  const set = IntervalSet.from(domainOf(field, family), intervals)
  const question: OverField<F> = {
    kind: 'field',
    field,
    in: negated ? set.complement() : set,
    values: negated ? 'every' : 'any',
    ifAbsent: false,
    ...more,
  }
  // To the type checker one field of a union is none.
  return question as FieldQuestion
}

export const single = <T extends number | bigint>(value: T): Interval<T> => ({ first: value, last: value })

/** An option as its text has it. */
export function textOf(given: Given): AskedText {
  const { option: subject, negated } = given
  const value = valueText(given)
  return { subject, negated, ...(value !== undefined && { value }) }
}

/** What the kernel asks for one option. */
export function lowerOption(given: Given, beside: readonly Given[], context: Context): Condition {
  return { asked: textOf(given), ...questionOf(given, beside, context) }
}

function questionOf({ spec, value, words, negated }: Given, beside: readonly Given[], context: Context): Question {
  if (!('lower' in spec) || value === undefined) return { kind: 'unknown', values: words }
  return spec.lower(value, { ...context, negated, beside })
}

/** A match whose options are one question each. */
export const byOption: MatchExtension['lower'] = ({ options }, context) =>
  options.map((given) => lowerOption(given, options, context))

/** A match of which Sidetrack does not know what it asks. */
export const kept = {
  tracks: 'unknown',
  lower: ({ module, options }: Asked, context: Context): Condition[] =>
    options.length > 0
      ? options.map((given) => lowerOption(given, options, context))
      : [{ asked: { subject: `-m ${module}`, negated: false }, kind: 'unknown', values: [] }],
} as const
