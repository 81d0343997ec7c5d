import type { DecidedBy, MatchedRule } from '../../flow/matched-rule.ts'
import { describeDeciding, describeDivergence, describePlace } from '../describing/deciding.ts'

/**
 * `trace.txt`: the rules that a flow's packets matched, in order, as the kernel traced them and as the model has them.
 */
export function traceText(decidedBy: DecidedBy): string {
  const [deciding, divergence] = [describeDeciding(decidedBy), describeDivergence(decidedBy)]
  return [
    ...(deciding === undefined ? [] : [`decided by ${deciding}`, '']),
    ...list('observed, as the kernel traced them', decidedBy.observed),
    '',
    ...list('predicted, as the model has them', decidedBy.predicted),
    ...(divergence === undefined ? [] : ['', divergence]),
    '',
  ].join('\n')
}

function list(title: string, rules: readonly MatchedRule[] | undefined): string[] {
  if (rules === undefined) return [`${title}: cannot be told`]
  if (rules.length === 0) return [`${title}: none`]
  return [`${title}:`, ...rules.map((rule, index) => `${`${index + 1}`.padStart(3)}  ${describePlace(rule)}`)]
}
