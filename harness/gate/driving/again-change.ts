import { describeCheck } from '../../report/describing/describe-check.ts'
import type { CheckResult } from '../../run/checks/check.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { Asked } from '../compared/ask.ts'
import { noCause } from '../changes/cause.ts'
import type { Change } from '../changes/change.ts'
import { nameOf } from '../compared/config.ts'
import { type BackendPair, backendText, onSides, sideNames, type Sides } from '../compared/sides.ts'

/**
 * The rules of one side alone are not made, or not loaded, the second time; of the first time that is a change of the
 * config's, and told there.
 */
export function againChange(
  results: Sides<CheckResult>,
  backends: BackendPair,
  answers: Sides<Asked> | undefined,
): Change | undefined {
  const { check } = results.candidate
  const { rules, applyTimes } = check.scenario as Scenario
  const isFailing = onSides((side) => isUnmade(results[side]) || isRefused(results[side]))
  if (answers === undefined || sideNames.some((side) => 'failed' in answers[side])) return undefined
  if (applyTimes < 2 || rules.kind !== 'config' || isFailing.baseline === isFailing.candidate) return undefined
  const words = onSides((side) => {
    const { reason = '' } = results[side]
    if (isUnmade(results[side])) return `no rules: ${reason}`
    return isRefused(results[side]) ? reason : 'rules'
  })
  const { config, podAnnotations } = rules
  return {
    id: check.id.replace(`/${check.backend}/`, `/${backendText(backends)}/`),
    config: { name: nameOf({ config, podAnnotations }), config, podAnnotations },
    backends,
    family: check.family,
    rules: 'again',
    cause: noCause,
    effect: isFailing.candidate ? 'failed' : 'moved',
    subject: `the rules of a further application, in ${describeCheck(check)}`,
    before: words.baseline,
    after: words.candidate,
  }
}

const isUnmade = ({ status, fault }: CheckResult): boolean => status === 'error' && fault === 'rules'

/** Its rules are loaded once, and not again. */
const isRefused = ({ check: { expected }, status }: CheckResult): boolean =>
  status === 'failed' && 'applies' in expected && expected.applies === 'accepted'
