import type { DrivenFlow, FlowResult, LoadResult } from '../../agent/protocol.ts'
import { HarnessError } from '../../core/errors.ts'
import { once } from '../../core/lazy.ts'
import type { DecidedBy } from '../../flow/matched-rule.ts'
import { atRule } from '../../flow/ruleset.ts'
import { answerLost, type Observed } from '../../flow/verdict.ts'
import { outcomesOf } from '../../model/chances.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import { type Prediction, predict } from '../../model/predict.ts'
import type { Pod } from '../../sandbox/pod.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { withAccounts } from '../predict/accounts.ts'
import { decidedBy } from '../predict/decided-by.ts'
import { type LoadedRules, loadPodRules, networkStackOf } from '../predict/loaded-rules.ts'
import { SharedPredictors } from '../predict/shared-predictors.ts'
import { requireBackends } from '../schedule/run.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import { refuseSharedState } from '../plan/shared-state.ts'
import { fateOf } from './fate.ts'
import type { WitnessPlan } from './plan-witnesses.ts'

/** What became of one flow under one set of rules, beside what the model says of it. */
export interface Witnessed {
  flow: DrivenFlow
  result: FlowResult
  prediction: Prediction
  /** Which rules matched, and which of them decided. */
  decided: DecidedBy & { untraced?: string }
  /** Model and kernel say the same, as far as both say anything. */
  isAsPredicted: boolean
}

/** What became of all flows under one set of rules. */
export interface Answers {
  applied: LoadResult['applied']
  flows: readonly Witnessed[]
  loaded: LoadedRules
  stack: NetworkStack
}

/** A pod that is sent the same flows under one set of rules after another; it stands until it is disposed of. */
export class WitnessPod implements AsyncDisposable {
  readonly #pod: Pod
  readonly #plan: WitnessPlan
  readonly #predictors: SharedPredictors

  private constructor(pod: Pod, plan: WitnessPlan, predictors: SharedPredictors) {
    this.#pod = pod
    this.#plan = plan
    this.#predictors = predictors
  }

  /**
   * Has the pod stand.
   * @param source whose rules they are, for messages. @param predictors of pods that are asked the same.
   * @throws HarnessError (`input`) if a rule acts outside the pod; (`machine`) if the sandbox does not have the
   * backend, or the pod does not stand.
   */
  static async stand(
    sandbox: Sandbox,
    plan: WitnessPlan,
    source: string,
    predictors = new SharedPredictors(),
  ): Promise<WitnessPod> {
    for (const { rules } of plan.worlds) refuseSharedState(rules, source)
    requireBackends(sandbox, [plan.pod.backend])
    return new WitnessPod(await sandbox.stand(plan.pod), plan, predictors)
  }

  /**
   * Loads one of the plan's worlds in place of what is loaded, and sends the flows.
   * @param world its place among them.
   * @param only which of the plan's flows are sent, by their places; by default all.
   * @throws HarnessError (`rules`) if the rules are rejected; of one flow that could not be driven its result tells.
   */
  async ask(world: number, only?: readonly number[]): Promise<Answers> {
    const answers = await this.tryOut(world, only)
    const { applied } = answers
    if (applied !== 'none' && !applied.ok)
      throw new HarnessError('rules', `the rules are rejected${atRule(applied)}: ${applied.message}`)
    return answers
  }

  /** The same, where rejected rules are an answer, too: the flows then meet what of them was loaded. */
  async tryOut(world: number, only?: readonly number[]): Promise<Answers> {
    const planned = this.#plan.worlds[world]
    if (planned === undefined) throw new Error(`the plan has no world ${world}`)
    const flows = only === undefined ? planned.flows : only.flatMap((index) => planned.flows[index] ?? [])
    const plan = { ...planned, flows }
    const { applied, results } = await this.#drive(plan, flows)
    const loaded = await withAccounts(loadPodRules(plan, applied), this.#pod)
    const predictionOf = this.#predictors.of(plan, applied, loaded)
    const stack = networkStackOf(plan.pod, 'unread' in loaded ? {} : loaded)
    return {
      applied,
      flows: flows.map((flow, index) => witnessed(flow, results[index], () => predictionOf(index), loaded, stack)),
      loaded,
      stack,
    }
  }

  /** Every flow that shares its port with others is sent in a turn of its own, beside what shares none with it. */
  async #drive(plan: JobPlan, flows: readonly DrivenFlow[]): Promise<LoadResult & { results: FlowResult[] }> {
    const results: FlowResult[] = []
    const send = async (turn: Turn): Promise<void> => {
      const own = turn.map(([, flow]) => flow)
      const seen = await Array.fromAsync(this.#pod.send(own, { forgets: true, together: true }))
      for (const [at, [index]] of turn.entries()) if (seen[at] !== undefined) results[index] = seen[at]
    }
    // The pod does one after the other.
    const [loaded] = await Promise.all([this.#pod.load(plan), ...turnsOf(flows).map(send)])
    return { ...loaded, results }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pod[Symbol.asyncDispose]()
  }
}

/** Flows with their places. */
type Turn = readonly (readonly [number, DrivenFlow])[]

/** In the order in which they are sent. */
function turnsOf(flows: readonly DrivenFlow[]): Turn[] {
  const taken = new Map<number, number>()
  const turns = Map.groupBy(flows.entries(), ([, { source, alone }]) => {
    if (!alone || source.port === undefined) return 0
    const turn = taken.get(source.port) ?? 0
    taken.set(source.port, turn + 1)
    return turn
  })
  return [...turns.values()]
}

/** What the model says, and which rule decided, is found out once somebody asks: that takes longer than the flow. */
function witnessed(
  flow: DrivenFlow,
  result: FlowResult | undefined,
  predict: () => Prediction,
  loaded: LoadedRules,
  stack: NetworkStack,
): Witnessed {
  if (result === undefined) throw new Error('the agent said nothing of a flow')
  const decided = once(() => decidedBy(result, predict(), flow.family, loaded))
  return {
    flow,
    result,
    get prediction() {
      return predict()
    },
    get decided() {
      return decided()
    },
    get isAsPredicted() {
      // A probe that could not run says nothing.
      if ('error' in result) return true
      const prediction = predict()
      const isSame =
        'unknown' in prediction
          ? isByChance(flow, result.observed, loaded, stack)
          : fateOf(heardOf(result.observed, prediction)) === fateOf(prediction.predicted)
      return isSame && decided().divergesAt === undefined
    },
  }
}

/** What was seen but for what the model says nothing of: whether the answer has come back. */
function heardOf(observed: Observed, prediction: Prediction): Observed {
  if ('unknown' in prediction || prediction.answerUnknown === undefined) return observed
  return { ...observed, notes: observed.notes?.filter((note) => note !== answerLost) ?? [] }
}

/** Where nat leaves it to chance, one of the ways that it may go is what was seen; of what is not known, any is. */
function isByChance(flow: DrivenFlow, seen: Observed, loaded: LoadedRules, stack: NetworkStack): boolean {
  if ('unread' in loaded) return true
  const { rulesets } = loaded
  const prediction = predict(flow, rulesets, stack, { keeps: 'telling', decides: false })
  const outcomes = outcomesOf(flow, prediction, rulesets[flow.family], stack)
  return (
    outcomes.length === 0 ||
    outcomes.some(({ prediction: each }) => 'predicted' in each && fateOf(each.predicted) === fateOf(seen))
  )
}
