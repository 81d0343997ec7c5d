import type { OverField } from '../../netfilter/condition.ts'
import type { Field, FieldValues } from '../../netfilter/field.ts'
import { type Interval, IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import type { ValueSet } from '../boxes/frame.ts'

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

/** How many bits of a mask may be holes between those that count: each doubles the ranges. */
const mostHoles = 10

/**
 * The values whose bits, as far as they count, lie in a set; undefined if those are too many ranges, as of a mask such
 * as 0.0.0.255, or of a range beneath a mask with holes.
 */
function unmasked(set: ValueSet, mask: Scalar, { first, last }: Interval<Scalar>): ValueSet | undefined {
  const bits = BigInt(mask)
  const step = bits & -bits
  if (bits === 0n) return undefined
  const as = (number: bigint): Scalar => (typeof first === 'bigint' ? number : Number(number))
  const holes = bitsOf(BigInt(last) & ~(bits | (step - 1n)))
  const isOfValues = set.intervals.every((part) => part.first === part.last)
  if (holes.length > 0 && (holes.length > mostHoles || !isOfValues)) return undefined
  const hole = holes.reduce((all, each) => all | each, 0n)
  const filled = holes.reduce((all, more) => all.flatMap((each) => [each, each | more]), [0n])
  const parts = set.intervals.flatMap((part) => {
    const [from, to] = [((BigInt(part.first) + step - 1n) / step) * step, (BigInt(part.last) / step) * step + step - 1n]
    // A value with a bit where the mask has none is no packet's.
    return from <= to && (from & hole) === 0n
      ? filled.map((more) => ({ first: as(from | more), last: as(to | more) }))
      : []
  })
  return IntervalSet.from({ first, last }, parts)
}

function bitsOf(number: bigint): bigint[] {
  const found: bigint[] = []
  for (let left = number; left !== 0n; left &= left - 1n) found.push(left & -left)
  return found
}
