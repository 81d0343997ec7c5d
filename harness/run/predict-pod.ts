import type { PodPlan } from '../agent/protocol.ts'
import { type Family, families } from '../core/address.ts'
import type { Applied } from '../flow/ruleset.ts'
import { loadRules } from '../iptables/load.ts'
import type { Ruleset } from '../iptables/tree.ts'
import { type Prediction, predict } from '../model/predict.ts'
import { World } from '../model/world.ts'
import type { CheckResult } from './check.ts'

/**
 * What the model says of a pod's flows, in their order.
 * @param applied what became of loading the rules, which may have ended early.
 */
export function predictPod(plan: PodPlan, applied: Applied | 'none'): Prediction[] {
  try {
    return predictAll(plan, applied)
  } catch (error) {
    // What is observed stands by itself; a model that fails is no reason to lose it.
    return plan.flows.map(() => ({ unknown: `the model failed: ${(error as Error).message}`, dials: [] }))
  }
}

function predictAll(plan: PodPlan, applied: Applied | 'none'): Prediction[] {
  const world = new World(plan)
  const texts = Array.from({ length: plan.times }, () => plan.rules).flat()
  const rejectedAt = applied === 'none' || applied.ok ? undefined : applied.line
  const loaded = families.map((family) => {
    const own = loadRules(texts, family)
    // The second time round a line may be refused that was right the first time; that is for the reader to see by itself.
    return [family, own.failed === undefined && rejectedAt !== undefined ? loadRules(texts, family, rejectedAt) : own] as const
  })
  const unread = loaded.find(([, { failed }]) => failed !== undefined && rejectedAt === undefined)?.[1].failed
  if (unread !== undefined) return plan.flows.map(() => ({ unknown: `the rules cannot be read: ${unread.line}`, dials: [] }))
  const rulesets = Object.fromEntries(loaded.map(([family, { ruleset }]) => [family, ruleset])) as Record<Family, Ruleset>
  return plan.flows.map((flow) => predict(flow, rulesets, world))
}

/** A prediction without the way to it. */
export function conclusionOf(prediction: Prediction): NonNullable<CheckResult['predicted']> {
  return 'unknown' in prediction ? { unknown: prediction.unknown } : prediction.predicted
}
