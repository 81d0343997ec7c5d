import { isDscpAlone } from '../../core/tos.ts'
import type { Condition, OverField } from '../../netfilter/condition.ts'
import { rulesOf } from '../../netfilter/ruleset.ts'
import type { World } from './world.ts'

/**
 * DSCP and ECN of sockets, one for each answer that rules can give to them: 0 first, which every socket has that sets
 * none, and those without ECN before the others, since TCP can have no other. None where no rule asks.
 */
export function tosAsked(worlds: readonly Pick<World, 'rulesets'>[]): number[] {
  const rules = worlds.flatMap(({ rulesets }) => Object.values(rulesets).flatMap(rulesOf))
  const asked = rules.flatMap(({ conditions }) => conditions).filter(isOverTos)
  if (asked.length === 0) return []
  const all = Array.from({ length: 0x100 }, (_, tos) => tos)
  const found = new Map<string, number>()
  for (const tos of [...all.filter(isDscpAlone), ...all]) {
    const answers = asked.map((condition) => Number(condition.in.contains(tos))).join('')
    if (!found.has(answers)) found.set(answers, tos)
  }
  return [...found.values()]
}

const isOverTos = (condition: Condition): condition is Condition & OverField<'tos'> =>
  condition.kind === 'field' && condition.field === 'tos'
