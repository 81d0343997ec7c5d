import { createHash } from 'node:crypto'
import { families } from '../../core/address.ts'
import type { Applied } from '../../flow/ruleset.ts'
import type { Prediction } from '../../model/predict.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import type { LoadedRules, ReadRules } from './loaded-rules.ts'
import { podPredictor } from './predict-pod.ts'

type Predictor = (index: number) => Prediction

/**
 * Predictors of pods that are alike but for the backend, and that forget a flow before its port is used again. Where
 * the kernel executes the same rules in them, the model is asked once for what it says of both: what the kernel does is
 * seen in each.
 */
export class SharedPredictors {
  readonly #known = new Map<string, { rulesets: ReadRules['rulesets']; predictor: Predictor }[]>()

  /** The same as `podPredictor`. @param loaded the rules as they stand. */
  of(plan: JobPlan, applied: Applied | 'none', loaded: LoadedRules): Predictor {
    if ('unread' in loaded) return podPredictor(plan, applied, loaded, { forgets: true })
    const { rulesets } = loaded
    const key = keyOf(plan, loaded)
    const alike = this.#known.get(key) ?? []
    this.#known.set(key, alike)
    const same = alike.find((other) => families.every((family) => other.rulesets[family] === rulesets[family]))
    if (same !== undefined) return same.predictor
    const predictor = podPredictor(plan, applied, loaded, { forgets: true })
    alike.push({ rulesets, predictor })
    return predictor
  }
}

/** All that the model knows of a pod but its rules: its backend only says in which order they come. */
function keyOf({ pod: { backend: _, ...pod }, flows }: JobPlan, { routing }: ReadRules): string {
  return createHash('sha256')
    .update(JSON.stringify([pod, flows, routing]))
    .digest('base64')
}
