import { isPortField } from '../netfilter/field.ts'
import type { Interval } from '../netfilter/interval-set.ts'
import { isTranslation, type Statement } from '../netfilter/statement.ts'
import type { Prediction } from './predict.ts'
import type { RuleStep } from './rules/trail.ts'

/** A port that the kernel draws for a connection, and a rule that asks for it. */
export interface Drawn {
  /** The rule that has it drawn. */
  step: RuleStep
  range: Interval<number>
  /** Parts of the range, of each of which the asking rule says the same. */
  parts: readonly Interval<number>[]
}

/**
 * What a prediction failed on, where that is a port out of several: one draw is one answer to everybody who asks about
 * the connection.
 * @param most parts that are told apart: of more there are none. @returns undefined where something else is unknown as
 * well, or more than one rule draws.
 */
export function drawnIn(prediction: Prediction, most: number): Drawn | undefined {
  if (!('unknown' in prediction)) return undefined
  const steps = prediction.last?.steps ?? []
  const drawing = steps.filter(
    ({ type, truth, rule }) => type === 'nat' && truth === true && rule.statements.some(draws),
  )
  const [step] = drawing
  if (step === undefined || drawing.some(({ rule }) => rule !== step.rule)) return undefined
  const { ports: listening } = prediction
  if (listening !== undefined) {
    const count = listening.last - listening.first + 1
    const each = Array.from({ length: count > most ? 0 : count }, (_, index) => listening.first + index)
    return { step, range: listening, parts: each.map((port) => ({ first: port, last: port })) }
  }
  const asking = steps.at(-1)
  if (asking?.truth !== 'unknown') return undefined
  const open = asking.answers.filter(({ truth }) => truth === 'unknown')
  const ranges = open.flatMap(({ values = [] }) => values.filter((value) => typeof value === 'object'))
  const [found] = ranges
  const isPort = open.every(({ condition }) => condition.kind === 'field' && isPortField(condition.field))
  if (
    found === undefined ||
    !isPort ||
    ranges.some((other) => other.first !== found.first || other.last !== found.last)
  )
    return undefined
  const range = { first: Number(found.first), last: Number(found.last) }
  const starts = open.flatMap(({ condition }) =>
    condition.kind === 'field'
      ? condition.in.intervals.flatMap(({ first, last }) => [Number(first), Number(last) + 1])
      : [],
  )
  const cuts = [...new Set([range.first, ...starts])]
    .filter((start) => start >= range.first && start <= range.last)
    .toSorted((a, b) => a - b)
  if (cuts.length > most) return { step, range, parts: [] }
  const parts = cuts.map((first, index) => ({ first, last: (cuts[index + 1] ?? range.last + 1) - 1 }))
  return { step, range, parts }
}

/** Whether a translation may take any of several ports (nf_nat_l4proto_unique_tuple in net/netfilter/nf_nat_core.c). */
export function draws(statement: Statement): boolean {
  if (!isTranslation(statement)) return false
  const { ports: range, random } = statement
  return random || (range !== undefined && range.first !== range.last)
}
