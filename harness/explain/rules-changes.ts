import type { Family } from '../core/address.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { MatchedRule } from '../flow/matched-rule.ts'
import type { VerdictName } from '../flow/verdict.ts'
import { type Condition, textOf } from '../netfilter/condition.ts'
import { letsGoOn } from '../netfilter/statement.ts'
import { nearMisses } from '../model/near-misses.ts'
import { begunOf, predict, type Prediction } from '../model/predict.ts'
import type { Keeps, RuleStep } from '../model/rules/trail.ts'
import { withoutCondition, withoutRule } from '../model/rules/without-rule.ts'
import type { World } from '../classes/space/world.ts'
import { matchedRule } from '../run/predict/decided-by.ts'

/** Rules that are taken away together, or one that no longer asks one thing. */
export type RulesChange = { without: readonly MatchedRule[] } | { rule: MatchedRule; notAsking: string }

/** How many near misses are tried, and how many of the matched rules are taken away with another one. */
const most = { missed: 100, paired: 12 }

/**
 * The smallest changes of the rules with which a flow would have a verdict: a rule that it matched taken away, or one
 * that it missed by one condition not asking that; if that does not do, two rules taken away, of which it matches the
 * second where the first is gone.
 * @param prediction with every rule that was tried.
 */
export function rulesChanges(
  flow: ConcreteFlow,
  wanted: VerdictName,
  prediction: Prediction,
  world: World,
): RulesChange[] {
  const told = (rulesets: World['rulesets'], keeps: Keeps = 'matched'): Prediction =>
    predict(flow, rulesets, world.stack, { keeps, decides: false })
  const isSo = (rulesets: World['rulesets']): boolean => {
    const other = told(rulesets)
    return 'predicted' in other && other.predicted.verdict === wanted
  }
  const matched = matchedBy(prediction)
  const single: RulesChange[] = [
    ...matched.flatMap((one) => (isSo(without(world.rulesets, one)) ? [{ without: [ruleOf(one)] }] : [])),
    ...missedBy(prediction)
      .slice(0, most.missed)
      .flatMap(({ condition, ...one }) => {
        const { family } = one
        const relaxed = { ...world.rulesets, [family]: withoutCondition(world.rulesets[family], one.step, condition) }
        return isSo(relaxed) ? [{ rule: ruleOf(one), notAsking: textOf(condition) }] : []
      }),
  ]
  if (single.length > 0) return single
  return matched.slice(-most.paired).flatMap((one) => {
    const left = without(world.rulesets, one)
    return matchedBy(told(left, 'all'))
      .slice(-most.paired)
      .flatMap((other) =>
        isSo(without(left, other)) ? [{ without: [ruleOf(one), ruleOf(matchedAs(other, one))] }] : [],
      )
  })
}

/** A step of one of the flow's connections. */
interface Met {
  step: RuleStep
  family: Family
  connection: number
}

const without = (rulesets: World['rulesets'], { step, family }: Met): World['rulesets'] => ({
  ...rulesets,
  [family]: withoutRule(rulesets[family], step),
})

const ruleOf = ({ step, connection }: Met): MatchedRule => matchedRule(step, connection)

/** Where a rule stood before another one was taken away in front of it. */
function matchedAs(other: Met, gone: Met): Met {
  const { step } = other
  const isBehind =
    gone.family === other.family &&
    gone.step.table === step.table &&
    gone.step.chain === step.chain &&
    gone.step.number <= step.number
  return isBehind ? { ...other, step: { ...step, number: step.number + 1 } } : other
}

const connectionsOf = (prediction: Prediction): Met[] =>
  begunOf(prediction).flatMap(({ steps, flow: { family } }, connection) =>
    steps.map((step) => ({ step, family, connection })),
  )

/** Each rule that does something, once. */
const matchedBy = (prediction: Prediction): Met[] =>
  uniqueBy(
    connectionsOf(prediction).filter(({ step }) => step.truth === true && !step.rule.statements.every(letsGoOn)),
    ({ step }) => step.rule,
  )

const missedBy = (prediction: Prediction): (Met & { condition: Condition })[] =>
  uniqueBy(
    connectionsOf(prediction).flatMap((one) => nearMisses([one.step]).map(({ condition }) => ({ ...one, condition }))),
    ({ condition }) => condition,
  )

const uniqueBy = <T>(values: readonly T[], key: (value: T) => unknown): T[] =>
  [...new Map(values.toReversed().map((value) => [key(value), value])).values()].toReversed()
