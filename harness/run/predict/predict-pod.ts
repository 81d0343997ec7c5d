import { once } from '../../core/lazy.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Applied } from '../../flow/ruleset.ts'
import { ConnectionTable } from '../../model/packet/connection.ts'
import { type Prediction, predict } from '../../model/predict.ts'
import type { Keeps } from '../../model/rules/trail.ts'
import type { CheckResult } from '../checks/check.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import { type LoadedRules, loadPodRules, type ReadRules, networkStackOf } from './loaded-rules.ts'

/**
 * The model's predictions for a pod's flows, each made when it is first asked for: a check that passes needs none,
 * where no report shows it.
 * @param applied the result of loading the rules, which may have stopped early.
 * @param keeps which rules to keep that were tried.
 * @param forgets connection tracking forgets a flow before another one is sent from its port.
 * @returns the prediction of the flow with an index.
 */
export function podPredictor(
  plan: JobPlan,
  applied: Applied | 'none',
  loaded = loadPodRules(plan, applied),
  { keeps = 'matched', forgets = false }: { keeps?: Keeps; forgets?: boolean } = {},
): (index: number) => Prediction {
  const unknown = (why: string): Prediction => ({ unknown: why, attempts: [] })
  if ('unread' in loaded) return () => unknown(loaded.unread)
  const known: Prediction[] = []
  const predictor = once(() => flowPredictor(plan, loaded, { keeps, forgets }))
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
  ...given: [applied: Applied | 'none', loaded?: LoadedRules, options?: { keeps?: Keeps }]
): Prediction[] {
  const predictionOf = podPredictor(plan, ...given)
  return plan.flows.map((_, index) => predictionOf(index))
}

interface Flows {
  pod: JobPlan['pod']
  flows: readonly ConcreteFlow[]
}

/** The predictions for flows under rules that have been read. @throws where the model itself fails. */
export function predictFlows(
  plan: Flows,
  rules: Pick<ReadRules, 'rulesets' | 'routing'>,
  { keeps = 'matched' }: { keeps?: Keeps } = {},
): Prediction[] {
  const predictionOf = flowPredictor(plan, rules, { keeps, forgets: false })
  return plan.flows.map((_, index) => predictionOf(index))
}

function flowPredictor(
  { pod, flows }: Flows,
  rules: Pick<ReadRules, 'rulesets' | 'routing'>,
  { keeps, forgets }: { keeps: Keeps; forgets: boolean },
): (index: number) => Prediction {
  const stack = networkStackOf(pod, rules)
  const known: Prediction[] = []
  const unknown = new Set<number>()
  /**
   * What connection tracking remembers after each of the flows that leave something a later one may meet; they are
   * predicted in turn.
   */
  const tables = [new ConnectionTable()]
  const remembered: number[] = []
  const portOf = (flow: ConcreteFlow): number | undefined => (forgets ? undefined : rememberedPort(flow))
  const countBefore = flows.map((flow, index) =>
    portOf(flow) === undefined ? remembered.length : remembered.push(index) - 1,
  )
  const tableBefore = (index: number): ConnectionTable => {
    const count = countBefore[index] ?? 0
    for (const other of remembered.slice(tables.length - 1, count)) predictionOf(other)
    return tables[count] as ConnectionTable
  }
  const foresee = (index: number): Prediction => {
    const flow = flows[index] as ConcreteFlow
    const earlier = tableBefore(index)
    const port = portOf(flow)
    if (port === undefined) return predict(flow, rules.rulesets, stack, { keeps, earlier })
    tables.push(earlier)
    if (unknown.has(port))
      return {
        unknown: `connection tracking remembers an earlier flow from port ${port}, and that one cannot be predicted`,
        attempts: [],
      }
    // So it stays where the model fails.
    unknown.add(port)
    const prediction = predict(flow, rules.rulesets, stack, { keeps, earlier })
    const [first] = prediction.attempts
    if ('unknown' in prediction || first === undefined) return prediction
    unknown.delete(port)
    tables[tables.length - 1] = earlier.with(first.connection)
    return prediction
  }
  const predictionOf = (index: number): Prediction => (known[index] ??= foresee(index))
  return predictionOf
}

/**
 * Nobody else sends from a port that the run has chosen, and a TCP connection has been reset before its port is used
 * again.
 */
const rememberedPort = (flow: ConcreteFlow): number | undefined =>
  flow.protocol === 'udp' && 'alone' in flow ? flow.source?.port : undefined

/** A prediction without the way to it. */
export function conclusionOf(prediction: Prediction): NonNullable<CheckResult['predicted']> {
  return 'unknown' in prediction ? { unknown: prediction.unknown } : prediction.predicted
}
