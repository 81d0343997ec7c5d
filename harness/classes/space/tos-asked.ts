import { isDscpAlone } from '../../core/tos.ts'
import type { Condition, OverField } from '../../netfilter/condition.ts'
import { rulesOf } from '../../netfilter/ruleset.ts'
import type { World } from './world.ts'

/** DSCP and ECN that a socket sets, and all those to which rules give the same answers. */
export interface TosAsked {
  tos: number
  like: readonly number[]
}

/**
 * DSCP and ECN of sockets, one for each answer that rules can give to them: 0 first, which every socket has that sets
 * none, and those without ECN before the others, since TCP can have no other. None where no rule asks.
 */
export function tosAsked(worlds: readonly Pick<World, 'rulesets'>[]): TosAsked[] {
  const rules = worlds.flatMap(({ rulesets }) => Object.values(rulesets).flatMap(rulesOf))
  const asked = rules.flatMap(({ conditions }) => conditions).filter(isOverTos)
  if (asked.length === 0) return []
  const all = Array.from({ length: 0x100 }, (_, tos) => tos)
  const answersTo = (tos: number): string => asked.map((condition) => Number(condition.in.contains(tos))).join('')
  const groups = Map.groupBy([...all.filter(isDscpAlone), ...all.filter((tos) => !isDscpAlone(tos))], answersTo)
  return [...groups.values()].flatMap((like) => like.slice(0, 1).map((tos) => ({ tos, like })))
}

const isOverTos = (condition: Condition): condition is Condition & OverField<'tos'> =>
  condition.kind === 'field' && condition.field === 'tos'
