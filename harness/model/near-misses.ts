import type { Condition } from '../netfilter/condition.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { Budget, mostTries } from './packet/budget.ts'
import { isSame } from './deciding.ts'
import { type Attempt, attempt, type AttemptResult } from './path/connection-attempt.ts'
import type { Outcome } from './path/outcome.ts'
import { Unpredictable } from './packet/unpredictable.ts'
import type { RuleStep } from './rules/trail.ts'
import { withoutCondition, withoutRule } from './rules/without-rule.ts'
import type { NetworkStack } from './stack/network-stack.ts'

/** How many rules may be tried to find the near misses that matter. */
const mostSearched = 2 * mostTries

/** A rule that failed on exactly one condition. */
export interface NearMiss {
  step: RuleStep
  condition: Condition
  /** What the packet had instead. */
  actual: string
}

/** The rules that a flow missed by one condition, in the order in which they were tried. */
export function nearMisses(steps: readonly RuleStep[]): NearMiss[] {
  return steps.flatMap((step) => {
    const failed = step.answers.filter(({ truth }) => truth === false)
    const [only] = failed
    const isCertain = step.answers.every(({ truth }) => truth !== 'unknown')
    return only !== undefined && failed.length === 1 && isCertain
      ? [{ step, condition: only.condition, actual: only.actual }]
      : []
  })
}

/** A near miss, and the flow's outcome if that one condition were met. */
type TurningPoint = NearMiss & { outcome: Outcome }

/** The near misses that matter, and how many were not tried, so that nothing is known about them. */
interface TurningPoints {
  points: TurningPoint[]
  untried: number
}

/**
 * The near misses that matter, of the first packet and of what comes back: had the condition been met, the flow's own
 * connection would have ended otherwise.
 * @param most how many near misses are tried. @param budget how many rules may be tried for that.
 */
export function turningPoints(
  flow: ConcreteFlow,
  ruleset: Ruleset,
  stack: NetworkStack,
  result: AttemptResult,
  most: number,
  budget = new Budget(mostSearched),
): TurningPoints {
  const { earlier, outcome, steps } = result
  const from = { flow, ...(earlier && { earlier }) }
  const missed = [...new Map(nearMisses(steps).map((miss) => [miss.condition, miss])).values()]
  const points: TurningPoint[] = []
  let tried = 0
  for (const miss of missed.slice(0, most)) {
    const other = outcomeOf(from, withoutCondition(ruleset, miss.step, miss.condition), stack, budget)
    if (budget.isSpent) break
    tried += 1
    if (other !== undefined && !isSame(other, outcome)) points.push({ ...miss, outcome: other })
  }
  return { points, untried: missed.length - tried }
}

/** The outcome of the flow without a rule that it matched; undefined if that is the same or cannot be predicted. */
export function outcomeWithout(
  flow: ConcreteFlow,
  ruleset: Ruleset,
  stack: NetworkStack,
  { earlier, outcome }: AttemptResult,
  step: RuleStep,
): Outcome | undefined {
  const from = { flow, ...(earlier && { earlier }) }
  const other = outcomeOf(from, withoutRule(ruleset, step), stack, new Budget())
  return other === undefined || isSame(other, outcome) ? undefined : other
}

function outcomeOf(
  { flow, earlier }: Pick<Attempt, 'flow' | 'earlier'>,
  ruleset: Ruleset,
  stack: NetworkStack,
  budget: Budget,
): Outcome | undefined {
  try {
    return attempt(flow, ruleset, stack, { budget, ...(earlier && { earlier }) }).outcome
  } catch (thrown) {
    if (thrown instanceof Unpredictable) return undefined
    throw thrown
  }
}
