import type { FlowClass } from '../../classes/class-of.ts'
import type { Prediction } from '../../model/predict.ts'
import type { Rule } from '../../netfilter/ruleset.ts'
import { behaviourOf } from '../changes/behaviour.ts'

/** Why the model cannot tell what becomes of some flows, each with the rule that it lies in, where it lies in one. */
export type Reasons = ReadonlyMap<string, Rule | undefined>

/**
 * Whether two rulesets are apart for a class of flows; undefined where they are not.
 * @returns `reasons` also where they are not: those are of rules that the model does not know and that make no
 * difference, whether they match or not.
 */
export function judgeClass({ predictions, supposed = [] }: Pick<FlowClass, 'predictions' | 'supposed'>): {
  why: 'apart' | 'unjudged' | undefined
  reasons: Reasons
} {
  const ways = supposed.length === 0 ? [predictions] : supposed
  const verdicts = new Set(ways.map(verdictOn))
  const [why] = verdicts
  const reasons = new Map([predictions, ...supposed].flatMap((own) => own.flatMap(reasonOf)))
  // Whatever rules answer that are not known.
  if (verdicts.size === 1) return { why, reasons }
  return { why: 'unjudged', reasons }
}

function reasonOf(prediction: Prediction): [string, Rule | undefined][] {
  if (!('unknown' in prediction)) {
    const { answerUnknown } = prediction
    return answerUnknown === undefined ? [] : [[answerUnknown.unknown, answerUnknown.rule]]
  }
  if (prediction.isOfFlow) return []
  const { unknown, rule, last } = prediction
  return [[unknown, rule ?? (last?.decisive.destination ?? last?.decisive.source)?.rule]]
}

/** A flow that nobody sends on either side, or of which nobody could tell, is no witness. */
function verdictOn([before, after]: readonly Prediction[]): 'apart' | 'unjudged' | undefined {
  if (before === undefined || after === undefined) return 'unjudged'
  if ('unknown' in before && 'unknown' in after && before.isOfFlow && before.unknown === after.unknown) return undefined
  if ('unknown' in before || 'unknown' in after) return 'unjudged'
  if (before.answerUnknown === undefined && after.answerUnknown === undefined)
    return behaviourOf(before.predicted) === behaviourOf(after.predicted) ? undefined : 'apart'
  // Whether the answer comes back is not known on one side at least: what else becomes of the flow is.
  if (arrivalOf(before) !== arrivalOf(after)) return 'apart'
  return before.answerUnknown?.unknown === after.answerUnknown?.unknown ? undefined : 'unjudged'
}

const arrivalOf = ({ predicted }: Extract<Prediction, { predicted: unknown }>): string =>
  behaviourOf({ ...predicted, notes: [] })
