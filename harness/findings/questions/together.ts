import type { ValueSet } from '../../classes/boxes/frame.ts'
import type { Condition } from '../../netfilter/condition.ts'
import type { Field } from '../../netfilter/field.ts'
import { fieldQuestions } from '../../netfilter/field-questions.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import { everyBit } from './parts.ts'
import type { Part } from './question.ts'

/** The fields of packets that tell parts of a dimension apart. */
export const fieldsOf: Readonly<Record<Part['by'], readonly Field[]>> = {
  uid: ['uid'],
  gid: ['gid', 'anyGid'],
  mark: ['mark'],
  dport: ['dport', 'anyPort'],
  daddr: ['daddr'],
  saddr: ['saddr'],
}

/** What of a flow is looked at two by two: who sends and where to, or from where and to which port. */
export const pairs: readonly (readonly [Part['by'], Part['by']])[] = [
  ['uid', 'dport'],
  ['uid', 'daddr'],
  ['gid', 'dport'],
  ['gid', 'daddr'],
  ['mark', 'dport'],
  ['mark', 'daddr'],
  ['daddr', 'dport'],
  ['saddr', 'dport'],
]

/** The parts of a dimension that rules tell apart, by some fields. */
export interface Parted {
  fields: readonly Field[]
  parts: readonly ValueSet[]
}

/** The parts of two dimensions that one rule asks for together, such as a UID and a port: each pair once. */
export function askedTogether(rulesets: readonly Ruleset[], one: Parted, other: Parted): [ValueSet, ValueSet][] {
  const found = new Map<ValueSet, Set<ValueSet>>()
  for (const { conditions } of rulesets.flatMap(rulesOf)) {
    const others = partsMet(conditions, other)
    if (others.length > 0)
      for (const part of partsMet(conditions, one))
        found.set(part, (found.get(part) ?? new Set()).union(new Set(others)))
  }
  return [...found].flatMap(([part, others]) => [...others].map((each): [ValueSet, ValueSet] => [part, each]))
}

/** The parts that meet what a rule asks of their fields; none where it asks nothing of them. */
function partsMet(conditions: readonly Condition[], { fields, parts }: Parted): ValueSet[] {
  const asked = conditions
    .flatMap(fieldQuestions)
    .filter(({ field, mask = everyBit }) => fields.includes(field) && Number(mask) === everyBit)
  if (asked.length === 0) return []
  return parts.filter(({ intervals: [interval] }) =>
    asked.every(({ in: set }) => interval !== undefined && (set as ValueSet).contains(interval.first)),
  )
}
