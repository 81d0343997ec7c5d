import type { Chain, Rule } from '../netfilter/ruleset.ts'
import { ask } from './ask.ts'
import type { Step, Walk } from './trail.ts'

/** Holds a packet against one rule. Where all steps are kept every condition is asked, so that a reader sees all that fail. */
export function tryRule(rule: Rule, chain: Chain, number: number, walk: Walk): Step {
  const { table, type, hook, stage } = walk
  const answers: Step['answers'][number][] = []
  let truth: Step['truth'] = true
  for (const condition of rule.conditions) {
    const answer = ask(condition, walk)
    answers.push({ condition, ...answer })
    if (answer.truth === false) truth = false
    else if (answer.truth === 'unknown' && truth === true) truth = 'unknown'
    if (truth === false && !walk.keepsAll) break
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
    ...(walk.packet.protocol === 'error' && { isError: true }),
  }
}
