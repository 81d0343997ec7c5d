import type { Family } from '../../core/address.ts'
import type { FieldQuestion } from '../../netfilter/condition.ts'
import type { Field } from '../../netfilter/field.ts'
import { type IntervalSet, isWide, type Scalar } from '../../netfilter/interval-set.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'

/** More of a kind are not asked about one by one. */
const mostNamed = 64

const setOf = (condition: FieldQuestion): IntervalSet<Scalar> => condition.in as IntervalSet<Scalar>

/** What rules name in a field: the sets that they ask for, or of which they ask for the opposite. */
export function namedSets(rulesets: readonly Ruleset[], ...fields: readonly Field[]): IntervalSet<Scalar>[] {
  return rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap(({ conditions }) =>
      conditions.flatMap((condition) => {
        if (condition.kind !== 'field' || !fields.includes(condition.field)) return []
        return condition.asked.negated ? setOf(condition).complement() : setOf(condition)
      }),
    ),
  )
}

/** The first and last of each range that rules name in a field, but for the domain's own edges. */
export function namedValues(rulesets: readonly Ruleset[], ...fields: readonly Field[]): Scalar[] {
  const values = namedSets(rulesets, ...fields).flatMap(({ intervals, domain }) =>
    intervals.flatMap(({ first, last }) =>
      [first, last].filter((value) => value !== domain.last && (value !== domain.first || first === last)),
    ),
  )
  return [...new Set(values)].slice(0, mostNamed)
}

/** Where rules ask for all but a range, its next neighbours on either side: whom they mean without naming them. */
export function namedNeighbours(rulesets: readonly Ruleset[], ...fields: readonly Field[]): number[] {
  const values = rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap(({ conditions }) =>
      conditions.flatMap((condition) => {
        if (condition.kind !== 'field' || !fields.includes(condition.field) || !condition.asked.negated) return []
        const { intervals, domain } = setOf(condition).complement()
        return intervals.flatMap(({ first, last }) => [
          ...(first > domain.first ? [Number(first) - 1] : []),
          ...(last < domain.last ? [Number(last) + 1] : []),
        ])
      }),
    ),
  )
  return [...new Set(values)].slice(0, mostNamed)
}

/** Whether a value is none that rules speak of in particular: sets of half of all values and more speak of nobody. */
export function isPlain(value: Scalar, sets: readonly IntervalSet<Scalar>[]): boolean {
  return sets.every((set) => isWide(set) || !set.contains(value))
}

/** The first candidate that no rule names, or where each is named, the first of all. */
export const plainOf = <T>(candidates: readonly [T, ...T[]], isNamed: (candidate: T) => boolean): T =>
  candidates.find((candidate) => !isNamed(candidate)) ?? candidates[0]

/** Addresses that are nobody's: RFC 5737, RFC 3849, RFC 2544. */
export const nobodys: Readonly<Record<Family, readonly [string, ...string[]]>> = {
  ipv4: ['203.0.113.10', '198.51.100.20', '192.0.2.30', '198.18.0.40'],
  ipv6: ['2001:db8::10', '2001:db8:1::20', '2001:db8:2::30'],
}
