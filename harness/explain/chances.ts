import type { ConcreteFlow } from '../flow/flow.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import { emptyRuleset } from '../netfilter/ruleset.ts'
import type { NetworkStack } from '../model/network-stack.ts'
import { type Prediction, predict } from '../model/predict.ts'
import type { RuleStep } from '../model/trail.ts'
import { withChance } from '../model/without-rule.ts'

/** One of the ways that a flow may go where rules leave it to chance. */
export interface Outcome {
  /** How often of all, from 0 to 1. */
  share: number
  prediction: Prediction
}

/** What has not been taken yet, and the rule that leaves it to chance next. */
interface Rest {
  share: number
  ruleset: Ruleset
  step: RuleStep
}

/** A service of a hundred endpoints is one rule each; nobody reads more outcomes. */
const mostOutcomes = 16

/**
 * What may become of a flow whose fate rules of nat leave to chance: they are asked once for each connection, so that
 * each answer is one outcome. @returns none where something else is unknown as well.
 */
export function outcomesOf(
  flow: ConcreteFlow,
  prediction: Prediction,
  ruleset: Ruleset,
  stack: NetworkStack,
): Outcome[] {
  const open = chanceIn(prediction)
  if (open === undefined) return []
  const outcomes: Outcome[] = []
  let rest: Rest | undefined = { share: 1, ruleset, step: open }
  while (rest !== undefined) {
    const { share, ruleset: asked, step }: Rest = rest
    const chance = step.answers.find(
      ({ condition, truth }) => condition.kind === 'chance' && truth === 'unknown',
    )?.condition
    if (chance?.kind !== 'chance' || outcomes.length >= mostOutcomes) return []
    const taken = predicted(flow, withChance(asked, step, chance, true), stack)
    const without = withChance(asked, step, chance, false)
    const otherwise = predicted(flow, without, stack)
    if ('unknown' in taken) return []
    outcomes.push({ share: share * chance.share, prediction: taken })
    const left: number = share * (1 - chance.share)
    const next = chanceIn(otherwise)
    if (next === undefined) {
      if ('unknown' in otherwise) return []
      outcomes.push({ share: left, prediction: otherwise })
      rest = undefined
    } else rest = { share: left, ruleset: without, step: next }
  }
  return outcomes
}

/**
 * The rule on which a prediction failed, where it is one of nat's that asks for a chance, and for nothing else that is
 * unknown.
 */
function chanceIn(prediction: Prediction): RuleStep | undefined {
  if (!('unknown' in prediction)) return undefined
  const step = prediction.last?.steps.at(-1)
  if (step?.truth !== 'unknown' || step.type !== 'nat') return undefined
  const open = step.answers.filter(({ truth }) => truth === 'unknown')
  return open.length === 1 && open[0]?.condition.kind === 'chance' ? step : undefined
}

function predicted(flow: ConcreteFlow, ruleset: Ruleset, stack: NetworkStack): Prediction {
  const { family } = flow
  const rulesets = { ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6'), [family]: ruleset }
  return predict(flow, rulesets, stack, { keepsAll: true })
}

/** `one in 3`, or a percentage where that is no whole number. */
export function shareInWords(share: number): string {
  const of = Math.round(1 / share)
  return share > 0 && Math.abs(share * of - 1) < 0.01
    ? `one in ${of}`
    : `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`
}
