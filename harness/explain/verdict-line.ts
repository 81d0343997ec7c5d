import { decidingRule } from '../flow/matched-rule.ts'
import type { Prediction } from '../model/predict.ts'
import { describeObserved } from '../report/describing/describe-observed.ts'
import { isInDoubt, predictedRules } from '../run/predict/decided-by.ts'

/**
 * What becomes of a flow, in one line: the verdict, the port of the listener that gets it, and the rule that decides.
 */
export function verdictLine(prediction: Prediction): string {
  if ('unknown' in prediction) return `Verdict: unknown, since ${prediction.unknown}${firstHop(prediction)}.`
  const { predicted } = prediction
  return `Verdict: ${describeObserved(predicted, predicted.journey[0]?.local?.port)}, ${deciding(prediction)}`
}

/** Who gets it first, where all that is not known is what the proxy dials on. */
function firstHop({ soFar }: Extract<Prediction, { unknown: string }>): string {
  return soFar === undefined ? '' : `; known is that it is ${describeObserved(soFar, soFar.journey[0]?.local?.port)}`
}

function deciding(prediction: Prediction): string {
  if (isInDoubt(prediction)) return 'by a rule that is not known'
  const rule = decidingRule(predictedRules(prediction))
  return rule === undefined ? 'no rule decides' : `by ${rule.table} ${rule.chain} rule ${rule.rule}`
}
