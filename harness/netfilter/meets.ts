import type { OverField } from './condition.ts'
import type { Field, FieldValues } from './field.ts'
import type { Interval, Truth } from './interval-set.ts'

/** A value that a packet has in a field, or one out of several where the kernel is free to choose. */
export type Value<T extends number | bigint> = T | Interval<T>

/**
 * Whether what a packet has in a field is what a condition asks for. @param values several where the packet has
 * several, and none where it has no such field.
 */
export function meets<F extends Field>(asked: OverField<F>, values: readonly Value<FieldValues[F]>[]): Truth {
  if (values.length === 0) return asked.ifAbsent
  let truth: Truth = asked.values === 'every'
  for (const value of values) {
    const found = isIn(asked, value)
    if (found === (asked.values === 'any')) return found
    if (found === 'unknown') truth = found
  }
  return truth
}

function isIn<F extends Field>({ in: set, mask }: OverField<F>, value: Value<FieldValues[F]>): Truth {
  if (typeof value === 'object') return mask === undefined ? set.containsOneOf(value) : 'unknown'
  return set.contains(mask === undefined ? value : masked(value, mask))
}

function masked<T extends number | bigint>(value: T, mask: T): T {
  if (typeof value === 'bigint' && typeof mask === 'bigint') return (value & mask) as T
  return ((Number(value) & Number(mask)) >>> 0) as T
}
