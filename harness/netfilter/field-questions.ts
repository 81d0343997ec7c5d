import type { PortRange } from '../core/port-range.ts'
import type { Condition, InSet, OverField } from './condition.ts'
import { branchesOf, type DecisionField } from './decision.ts'
import { domainOf, isPortField } from './field.ts'
import { type Interval, IntervalSet } from './interval-set.ts'
import { interfaceNameOf } from './wide-values.ts'

const known = new WeakMap<object, readonly OverField[]>()

/**
 * What a condition asks about fields: itself, or of a set of several dimensions the values of each that some member
 * has, where they are told apart. None, where it asks about something else.
 */
export function fieldQuestions(condition: Condition): readonly OverField[] {
  if (condition.kind === 'field') return [condition as unknown as OverField]
  if (condition.kind !== 'set') return []
  const found = known.get(condition.anyOf) ?? ofSet(condition)
  known.set(condition.anyOf, found)
  return found
}

/** The ports that a condition writes down, on either side, whether it asks for them or for all others. */
export const portsWritten = (condition: Condition): readonly PortRange[] =>
  fieldQuestions(condition).flatMap(({ field, in: set }) => {
    if (!isPortField(field)) return []
    const ports = set as IntervalSet<number>
    return (condition.kind === 'field' && condition.asked.negated ? ports.complement() : ports).intervals
  })

function ofSet({ anyOf }: InSet): OverField[] {
  return branchesOf(anyOf).flatMap(({ field, mask, edges }) =>
    edges.flatMap((edge): OverField[] => (edge.then === false ? [] : over(field, edge.in, mask))),
  )
}

/** Protocols with ports that flows have. */
const [tcp, udp] = [6n, 17n]

function over(field: DecisionField, set: IntervalSet<bigint>, mask: bigint | undefined): OverField[] {
  const question = (own: IntervalSet<number> | IntervalSet<bigint>, bits?: bigint): OverField =>
    questionOver(field, own, bits)
  switch (field) {
    case 'sport':
    case 'dport':
      return [tcp, udp].flatMap((protocol) => {
        const ports = numbersFrom(set, protocol << 16n, domainOf(field, 'ipv4') as Interval<number>)
        return ports.isEmpty ? [] : [question(ports)]
      })
    case 'mark':
      return [question(numbersFrom(set, 0n, domainOf(field, 'ipv4')), mask)]
    default:
      return [question(set)]
  }
}

/** Whether a field has one of these values. @param mask bits of it that count; all of them without it. */
export const questionOver = (
  field: DecisionField,
  set: IntervalSet<number> | IntervalSet<bigint>,
  mask?: bigint,
): OverField =>
  ({
    kind: 'field',
    field,
    in: set,
    values: 'any',
    ifAbsent: false,
    ...(mask !== undefined && { mask: Number(mask) }),
  }) as OverField

/** What of a set lies in a domain that begins at some number, counted from there. */
export function numbersFrom(
  { intervals }: IntervalSet<bigint>,
  base: bigint,
  domain: Interval<number>,
): IntervalSet<number> {
  const last = base + BigInt(domain.last)
  const inside = intervals.filter((interval) => interval.last >= base && interval.first <= last)
  return IntervalSet.from(
    domain,
    inside.map((interval) => ({
      first: Number((interval.first < base ? base : interval.first) - base),
      last: Number((interval.last > last ? last : interval.last) - base),
    })),
  )
}

/** The interfaces that a set has members of, by their names; of those that begin in some way, one. */
export const interfacesInSet = (condition: Condition, field: 'iif' | 'oif'): string[] =>
  condition.kind !== 'set'
    ? []
    : fieldQuestions(condition).flatMap((asked) =>
        asked.field === field
          ? (asked.in as IntervalSet<bigint>).intervals.map(({ first, last }) =>
              first === last ? interfaceNameOf(first) : `${interfaceNameOf(first)}0`.slice(0, 15),
            )
          : [],
      )
