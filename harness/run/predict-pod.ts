import { once } from '../core/lazy.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Applied } from '../flow/ruleset.ts'
import { type Prediction, predict } from '../model/predict.ts'
import type { CheckResult } from './check.ts'
import type { JobPlan } from './job-plan.ts'
import { type LoadedRules, loadPodRules, type ReadRules, networkStackOf } from './loaded-rules.ts'

/**
 * The model's predictions for a pod's flows, each made when it is first asked for: a check that passes needs none, where no report
 * shows it.
 * @param applied the result of loading the rules, which may have stopped early.
 * @param keepsAll whether rules that were tried and did not match are kept, too.
 * @returns the prediction of the flow with an index.
 */
export function podPredictor(
  plan: JobPlan,
  applied: Applied | 'none',
  loaded = loadPodRules(plan, applied),
  { keepsAll = false } = {},
): (index: number) => Prediction {
  const unknown = (why: string): Prediction => ({ unknown: why, attempts: [] })
  if ('unread' in loaded) return () => unknown(loaded.unread)
  const known: Prediction[] = []
  const predictor = once(() => flowPredictor(plan, loaded, { keepsAll }))
  const foresee = (index: number): Prediction => {
    try {
      return predictor()(index)
    } catch (error) {
      // An observation is reported even if the model fails.
      return unknown(`the model failed: ${(error as Error).message}`)
    }
  }
  return (index) => (known[index] ??= foresee(index))
}

/** All of them, in the order of the flows. */
export function predictPod(
  plan: JobPlan,
  ...given: [applied: Applied | 'none', loaded?: LoadedRules, options?: { keepsAll?: boolean }]
): Prediction[] {
  const predictionOf = podPredictor(plan, ...given)
  return plan.flows.map((_, index) => predictionOf(index))
}

interface Flows {
  pod: JobPlan['pod']
  flows: readonly ConcreteFlow[]
}

/** The predictions for flows under rules that have been read. @throws where the model itself fails. */
export function predictFlows(plan: Flows, rules: Pick<ReadRules, 'rulesets' | 'routing'>, { keepsAll = false } = {}): Prediction[] {
  const predictionOf = flowPredictor(plan, rules, { keepsAll })
  return plan.flows.map((_, index) => predictionOf(index))
}

function flowPredictor(
  { pod, flows }: Flows,
  rules: Pick<ReadRules, 'rulesets' | 'routing'>,
  { keepsAll }: { keepsAll: boolean },
): (index: number) => Prediction {
  const stack = networkStackOf(pod, rules)
  const first = new Map<string, number>()
  flows.forEach((flow, index) => {
    const tuple = tupleOf(flow)
    if (!first.has(tuple)) first.set(tuple, index)
  })
  return (index) => {
    const flow = flows[index] as ConcreteFlow
    const { protocol, source } = flow
    // A TCP connection that has been reset leaves no entry that counts for the next one (net/netfilter/nf_conntrack_proto_tcp.c).
    if (protocol !== 'tcp' && source?.port !== undefined && first.get(tupleOf(flow)) !== index)
      return { unknown: `connection tracking remembers an earlier flow from port ${source.port}`, attempts: [] }
    return predict(flow, rules.rulesets, stack, { keepsAll })
  }
}

const tupleOf = ({ protocol, source = {}, destination }: ConcreteFlow): string =>
  [protocol, source.address, source.port, destination.address, destination.port].join(' ')

/** A prediction without the way to it. */
export function conclusionOf(prediction: Prediction): NonNullable<CheckResult['predicted']> {
  return 'unknown' in prediction ? { unknown: prediction.unknown } : prediction.predicted
}
