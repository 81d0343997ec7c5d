import type { OverField } from '../netfilter/condition.ts'
import type { Field, FieldValues } from '../netfilter/field.ts'
import { type Interval, IntervalSet, type Scalar } from '../netfilter/interval-set.ts'
import type { ValueSet } from './frame.ts'

/** Whether a value lies in the set that a condition asks for, by the bits that count. */
export const isIn = ({ in: set, mask }: OverField, value: Scalar): boolean =>
  (set as ValueSet).contains(masked(value, mask))

/** All values that lie on the same side of a condition; undefined if that is no few ranges. */
export function sideOf(asked: OverField, value: Scalar, domain: Interval<Scalar>): ValueSet | undefined {
  const { in: set, mask } = asked as { in: ValueSet; mask?: FieldValues[Field] }
  const inside = mask === undefined || isAll(mask, domain) ? set : unmasked(set, mask, domain)
  if (inside === undefined) return undefined
  const side = isIn(asked, value) ? inside : inside.complement()
  return clipped(side, domain)
}

const known = new WeakMap<ValueSet, ValueSet>()

/** What of a set lies in a domain; the same set for the same question, since a rule is asked for many flows. */
function clipped(set: ValueSet, domain: Interval<Scalar>): ValueSet {
  if (set.domain.first === domain.first && set.domain.last === domain.last) return set
  const before = known.get(set)
  if (before?.domain.first === domain.first && before.domain.last === domain.last) return before
  const made = IntervalSet.from(domain, set.intervals)
  known.set(set, made)
  return made
}

function masked(value: Scalar, mask: Scalar | undefined): Scalar {
  if (mask === undefined) return value
  return typeof value === 'bigint' ? value & BigInt(mask) : Number(BigInt(value) & BigInt(mask))
}

/** Whether every bit counts. */
const isAll = (mask: Scalar, { last }: Interval<Scalar>): boolean => BigInt(mask) >= BigInt(last)

/** The values whose upper bits lie in a set, if the mask is of upper bits alone. */
function unmasked(set: ValueSet, mask: Scalar, { first, last }: Interval<Scalar>): ValueSet | undefined {
  const bits = BigInt(mask)
  const step = bits & -bits
  const isOfUpperBits = bits !== 0n && (bits | (step - 1n)) === BigInt(last)
  if (!isOfUpperBits) return undefined
  const as = (number: bigint): Scalar => (typeof first === 'bigint' ? number : Number(number))
  const parts = set.intervals.map((part) => ({
    first: as(((BigInt(part.first) + step - 1n) / step) * step),
    last: as((BigInt(part.last) / step) * step + step - 1n),
  }))
  return IntervalSet.from(
    { first, last },
    parts.filter((part) => part.first <= part.last),
  )
}
