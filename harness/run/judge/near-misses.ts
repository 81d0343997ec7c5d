import type { PodPlan } from '../../flow/pod-plan.ts'
import type { NearMisses } from '../../flow/near-miss.ts'
import type { Observed } from '../../flow/verdict.ts'
import { textOf } from '../../netfilter/condition.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { Budget, mostTries } from '../../model/packet/budget.ts'
import { attempt, type AttemptResult } from '../../model/path/connection-attempt.ts'
import { turningPoints } from '../../model/near-misses.ts'
import type { Prediction } from '../../model/predict.ts'
import type { CheckResult } from '../checks/check.ts'
import { isAsPredicted, matchedRule } from '../predict/decided-by.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import { type LoadedRules, networkStackOf } from '../predict/loaded-rules.ts'
import { astrayConnection } from '../checks/parting.ts'

/** How many near misses of one flow are tried. */
const mostNearMisses = 100
/** How many failed checks of a run are looked into. */
const mostChecks = 200
/** How many rules may be tried for near misses in a run: one or two seconds of work. */
const mostSearched = 10 * mostTries

/**
 * The rules that a connection missed by one condition, and where it would have ended with that met.
 * @param result with every rule that was tried. @param connection 0 is the probe's own.
 */
export function nearMisses(
  result: AttemptResult,
  ruleset: Ruleset,
  stack: NetworkStack,
  connection: number,
  budget?: Budget,
): NearMisses {
  const { points, untried } = turningPoints(result.flow, ruleset, stack, result, mostNearMisses, budget)
  const rules = points.map(({ step, condition, actual, outcome }) => ({
    rule: matchedRule(step, connection),
    asks: textOf(condition),
    actual,
    end: outcome,
  }))
  return { rules, untried }
}

/** Finds the near misses of the failed checks of a run, within its bounds. */
export class NearMissSearch {
  readonly #budget = new Budget(mostSearched)
  #left = mostChecks

  /**
   * @returns undefined where the model cannot tell or foresaw something else, and once the run's bounds are reached.
   */
  nearMisses(
    { observed, parting }: Pick<CheckResult, 'observed' | 'parting'>,
    prediction: Prediction,
    pod: PodPlan,
    loaded: LoadedRules,
  ): NearMisses | undefined {
    if (this.#left === 0 || this.#budget.isSpent || 'unread' in loaded || observed === undefined) return undefined
    if (!isForeseen(observed, prediction)) return undefined
    const connection = astrayConnection({ observed, ...(parting && { parting }) })
    const { flow, earlier } = prediction.attempts[connection] ?? {}
    if (flow === undefined) return undefined
    this.#left -= 1
    try {
      const ruleset = loaded.rulesets[flow.family]
      const stack = networkStackOf(pod, loaded)
      const result = attempt(flow, ruleset, stack, {
        keeps: 'all',
        budget: this.#budget,
        ...(earlier && { earlier }),
      })
      return nearMisses(result, ruleset, stack, connection, this.#budget)
    } catch {
      // As with predictions: an observation is reported even if the model fails.
      return undefined
    }
  }
}

const isForeseen = (observed: Observed, prediction: Prediction): boolean =>
  isAsPredicted(observed, prediction) &&
  'predicted' in prediction &&
  observed.journey.map(({ at }) => at).join() === prediction.predicted.journey.map(({ at }) => at).join()
