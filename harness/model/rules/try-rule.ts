import { rememberedOf } from '../../core/remembered.ts'
import type { Condition } from '../../netfilter/condition.ts'
import { isOfWay } from '../../netfilter/field.ts'
import type { Chain, Rule } from '../../netfilter/ruleset.ts'
import { evaluate } from './evaluate.ts'
import type { ChainTraversal, EvaluationContext, RuleStep } from './trail.ts'

/** What a rule asks of a packet's protocol and way. */
const askedOfWay = rememberedOf(({ conditions }: Rule): readonly Condition[] =>
  conditions.filter((condition) => condition.kind === 'field' && isOfWay(condition.field)),
)

/**
 * Whether a rule does not match for what the packet's protocol and way are alone: so it is for all flows of one kind
 * that go the same way.
 */
export function isOutByWay(rule: Rule, context: EvaluationContext): boolean {
  for (const condition of askedOfWay(rule)) if (evaluate(condition, context).truth === false) return true
  return false
}

/**
 * Evaluates one rule for a packet. Where steps that do not match are kept, every condition is evaluated, so that a
 * reader sees all that fail.
 */
export function tryRule(rule: Rule, chain: Chain, number: number, traversal: ChainTraversal): RuleStep {
  const { base, stage, packet, trail } = traversal
  const { type, hook } = base.chain.base
  const answers: RuleStep['answers'][number][] = []
  let truth: RuleStep['truth'] = true
  for (const condition of rule.conditions) {
    const answer = evaluate(condition, traversal)
    const { truth: own, actual, values, parts } = answer
    answers.push({ condition, truth: own, actual, values, parts })
    if (own === false) truth = false
    else if (own === 'unknown' && truth === true) truth = 'unknown'
    if (truth === false && trail.keeps === 'matched') break
  }
  return {
    table: base.table,
    type,
    hook,
    chain: chain.name,
    number,
    rule,
    truth,
    answers,
    packet: stage,
    ...(packet.protocol === 'error' && { isError: true }),
  }
}
