import type { ConcreteFlow } from '../flow/flow.ts'
import type { Applied } from '../flow/ruleset.ts'
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
  const sent = new Set<string>()
  return flows.map((flow) => {
    const { protocol, source = {}, destination } = flow
    const tuple = [protocol, source.address, source.port, destination.address, destination.port].join(' ')
    // A TCP connection that has been reset leaves no entry that counts for the next one (net/netfilter/nf_conntrack_proto_tcp.c).
    if (protocol !== 'tcp' && source.port !== undefined && sent.has(tuple))
      return { unknown: `connection tracking remembers an earlier flow from port ${source.port}`, attempts: [] }
    sent.add(tuple)
    return predict(flow, rules.rulesets, stack, { keepsAll })
  })
}

/** A prediction without the way to it. */
export function conclusionOf(prediction: Prediction): NonNullable<CheckResult['predicted']> {
  return 'unknown' in prediction ? { unknown: prediction.unknown } : prediction.predicted
}
