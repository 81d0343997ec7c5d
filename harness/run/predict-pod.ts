import type { ConcreteFlow } from '../flow/flow.ts'
import type { Applied } from '../flow/ruleset.ts'
import { ConnectionTable } from '../model/connection.ts'
import { type Prediction, predict } from '../model/predict.ts'
import type { CheckResult } from './check.ts'
import type { JobPlan } from './job-plan.ts'
import { loadPodRules, type ReadRules, networkStackOf } from './loaded-rules.ts'

/**
 * The model's predictions for a pod's flows, in their order.
 * @param applied the result of loading the rules, which may have stopped early.
 * @param keepsAll whether rules that were tried and did not match are kept, too.
 */
export function predictPod(
  plan: JobPlan,
  applied: Applied | 'none',
  loaded = loadPodRules(plan, applied),
  { keepsAll = false } = {},
): Prediction[] {
  try {
    if ('unread' in loaded) return plan.flows.map(() => ({ unknown: loaded.unread, attempts: [] }))
    return predictFlows(plan, loaded, { keepsAll })
  } catch (error) {
    // An observation is reported even if the model fails.
    return plan.flows.map(() => ({ unknown: `the model failed: ${(error as Error).message}`, attempts: [] }))
  }
}

/** The same of rules that have been read. @throws where the model itself fails. */
export function predictFlows(
  { pod, flows }: Pick<JobPlan, 'pod'> & { flows: readonly ConcreteFlow[] },
  rules: Pick<ReadRules, 'rulesets' | 'routing'>,
  { keepsAll = false } = {},
): Prediction[] {
  const stack = networkStackOf(pod, rules)
  const unknown = new Set<number>()
  let earlier = new ConnectionTable()
  return flows.map((flow) => {
    const { protocol, source = {} } = flow
    // Nobody else sends from a port that the run has chosen, and a TCP connection has been reset before its port is used again.
    const port = protocol === 'udp' && 'alone' in flow ? source.port : undefined
    if (port !== undefined && unknown.has(port))
      return { unknown: `connection tracking remembers an earlier flow from port ${port}, and that one cannot be predicted`, attempts: [] }
    const prediction = predict(flow, rules.rulesets, stack, { keepsAll, earlier })
    if (port === undefined) return prediction
    const [first] = prediction.attempts
    if ('unknown' in prediction || first === undefined) unknown.add(port)
    else earlier = earlier.with(first.connection)
    return prediction
  })
}

/** A prediction without the way to it. */
export function conclusionOf(prediction: Prediction): NonNullable<CheckResult['predicted']> {
  return 'unknown' in prediction ? { unknown: prediction.unknown } : prediction.predicted
}
