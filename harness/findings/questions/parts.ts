import type { OverField } from '../../netfilter/condition.ts'
import type { Field } from '../../netfilter/field.ts'
import { fieldQuestions } from '../../netfilter/field-questions.ts'
import { after, before, type Interval, IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'

/** More sets than that are not held against each other, and more parts of a field not asked about. */
const most = { sets: 256, parts: 64 }

/**
 * The parts of a field's values that rules tell apart: whatever they ask of the field, all values of a part get the same
 * answers. Where bits of it are asked for alone, or more is asked than anybody reads, a part is told by one value.
 * @param usable values that a flow can have, of which there is one part more: those that get the answers of `plain`.
 * @returns all but that one, in the order of their first values.
 */
export function partsBeside(
  plain: Scalar,
  usable: Interval<Scalar>,
  rulesets: readonly Ruleset[],
  ...fields: readonly Field[]
): IntervalSet<Scalar>[] {
  const questions = rulesets.flatMap((ruleset) => questionsAbout(ruleset, fields))
  const sets = [...new Map(questions.map(({ in: set }) => [textOf(set), set as IntervalSet<Scalar>])).values()]
  const all = IntervalSet.of<Scalar>(usable, usable)
  const isWhole = sets.length <= most.sets && questions.every(({ mask = everyBit }) => Number(mask) === everyBit)
  const own = isWhole ? answersOf(plain, sets) : undefined
  const parts = new Map<string, Interval<Scalar>[]>()
  for (const piece of pieces(all, sets)) {
    const answers = isWhole ? answersOf(piece.first, sets) : `${piece.first}`
    if (answers === own || (!isWhole && plain >= piece.first && plain <= piece.last)) continue
    const part = isWhole ? piece : { first: piece.first, last: piece.first }
    const known = parts.get(answers)
    if (known === undefined) parts.set(answers, [part])
    else known.push(part)
  }
  return [...parts.values()].slice(0, most.parts).map((intervals) => IntervalSet.from(usable, intervals))
}

/** A mask that leaves nothing out. */
export const everyBit = 0xffff_ffff

const questionsAbout = (ruleset: Ruleset, fields: readonly Field[]): OverField[] =>
  rulesOf(ruleset).flatMap(({ conditions }) =>
    conditions.flatMap((condition) => fieldQuestions(condition).filter(({ field }) => fields.includes(field))),
  )

const textOf = ({ intervals }: OverField['in']): string => intervals.map(({ first, last }) => `${first}-${last}`).join()

const answersOf = (value: Scalar, sets: readonly IntervalSet<Scalar>[]): string =>
  sets.map((set) => (set.contains(value) ? '1' : '0')).join('')

/** What lies between one border of a set and the next. */
function pieces({ domain: { first, last } }: IntervalSet<Scalar>, sets: readonly IntervalSet<Scalar>[]) {
  const begins = sets.flatMap(({ intervals }) => intervals.flatMap((each) => [each.first, after(each.last)]))
  const sorted = [...new Set([first, ...begins])]
    .filter((value) => value >= first && value <= last)
    .sort((a, b) => (a < b ? -1 : 1))
  return sorted.map((begin, index) => ({ first: begin, last: before(sorted[index + 1] ?? after(last)) }))
}
