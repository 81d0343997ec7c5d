import type { ConcreteFlow } from '../flow/flow.ts'
import type { World } from '../classes/space/world.ts'
import type { VerdictName } from '../flow/verdict.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import type { Profile } from '../mesh/profile.ts'
import type { Prediction } from '../model/predict.ts'
import { type Outcome, outcomesOf } from '../model/chances.ts'
import type { NetworkStack } from '../model/stack/network-stack.ts'
import { describeProxy, type ProxyReason } from '../report/describing/proxy.ts'
import { type Changes, changesOf } from './changes.ts'
import { sentence } from './sentence.ts'
import { type WhyNot, whyNot } from './why-not.ts'

/** What a verdict rests on: whose proxy is there, and how the rules were read. */
export interface Premises {
  profile: Profile
  reason: ProxyReason
  /**
   * Each begins with what it is: `warning:`, `assumed:`, `cleaned:`, `passed over:`, `left out:`, `built:`; what does
   * not is about snapshots.
   */
  notes: readonly string[]
}

/** A line for each. */
export const premiseLines = ({ profile, reason, notes }: Premises): string[] => [
  describeProxy(profile, reason),
  ...notes,
]

/** Everything `explain` says about one flow and one ruleset. */
export interface ExplainedFlow {
  flow: ConcreteFlow
  prediction: Prediction
  ruleset: Ruleset
  stack: NetworkStack
  premises: Premises
  /** Why, in one sentence. */
  sentence: string
  /** Where rules leave it to chance: each way that it may go. */
  outcomes: readonly Outcome[]
  /** Missing where nothing is predicted. */
  changes?: Changes
  /** What would make it what somebody expected. */
  whyNot?: WhyNot
}

/** A verdict that somebody expected, and the world in which flows with it are looked for. */
export interface Asked {
  wanted: VerdictName
  world: World
}

export function explainFlow(
  flow: ConcreteFlow,
  prediction: Prediction,
  ruleset: Ruleset,
  stack: NetworkStack,
  premises: Premises,
  asked?: Asked,
): ExplainedFlow {
  const [first] = prediction.attempts
  const changes = first === undefined || 'unknown' in prediction ? undefined : changesOf(flow, first, ruleset, stack)
  return {
    flow,
    prediction,
    ruleset,
    stack,
    premises,
    outcomes: outcomesOf(flow, prediction, ruleset, stack),
    sentence: sentence(prediction, ruleset, changes?.without?.end),
    ...(changes && { changes }),
    ...(asked && { whyNot: whyNot(flow, asked.wanted, prediction, asked.world) }),
  }
}
