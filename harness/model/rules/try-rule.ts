import type { Chain, Rule } from '../../netfilter/ruleset.ts'
import { evaluate } from './evaluate.ts'
import type { RuleStep, ChainTraversal } from './trail.ts'

/**
 * Evaluates one rule for a packet. If all steps are kept, every condition is evaluated, so that a reader sees all that
 * fail.
 */
export function tryRule(rule: Rule, chain: Chain, number: number, traversal: ChainTraversal): RuleStep {
  const { table, type, hook, stage } = traversal
  const answers: RuleStep['answers'][number][] = []
  let truth: RuleStep['truth'] = true
  for (const condition of rule.conditions) {
    const answer = evaluate(condition, traversal)
    answers.push({ condition, ...answer })
    if (answer.truth === false) truth = false
    else if (answer.truth === 'unknown' && truth === true) truth = 'unknown'
    if (truth === false && !traversal.keepsAll) break
  }
  return {
    table,
    type,
    hook,
    chain: chain.name,
    number,
    rule,
    truth,
    answers,
    packet: stage,
    ...(traversal.packet.protocol === 'error' && { isError: true }),
  }
}
