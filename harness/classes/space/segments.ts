import { tcpFlag } from '../../core/tcp-flags.ts'
import type { Condition, OverField } from '../../netfilter/condition.ts'
import { connectionStates } from '../../netfilter/field.ts'
import { rulesOf } from '../../netfilter/ruleset.ts'
import type { World } from './world.ts'

const { syn, ack, fin, psh, rst } = tcpFlag

/** Those first to which a host answers: what became of them is seen. A SYN that is alone is any connection's first. */
const plainest = [ack, fin | ack, psh | ack, syn | ack, fin, rst, rst | ack, 0]

/**
 * Flags of lone segments that rules treat otherwise than a connection's first one: where some of them ask for flags, or
 * tell what belongs to no connection (INVALID) from what begins one. One for each answer that the rules can give.
 */
export function segmentsAsked(worlds: readonly Pick<World, 'rulesets'>[]): number[] {
  const conditions = worlds.flatMap(({ rulesets }) => Object.values(rulesets).flatMap(rulesOf))
  const asked = conditions.flatMap((rule) => rule.conditions).filter(isAboutSegments)
  if (asked.length === 0) return []
  const answersTo = (flags: number): string =>
    asked.map((condition) => Number(holds(condition, flags))).join('') + String(isFirst(flags))
  const others = Array.from({ length: tcpFlag.urg * 2 }, (_, flags) => flags)
  const found = new Map<string, number>([[answersTo(syn), syn]])
  for (const flags of [...plainest, ...others]) if (!found.has(answersTo(flags))) found.set(answersTo(flags), flags)
  return [...found.values()].filter((flags) => flags !== syn)
}

type AboutSegments = OverField<'tcpFlags'> | OverField<'ctstate'>

function isAboutSegments(condition: Condition): condition is Condition & AboutSegments {
  if (condition.kind !== 'field') return false
  if (condition.field === 'tcpFlags') return true
  return condition.field === 'ctstate' && condition.in.contains(invalid) !== condition.in.contains(fresh)
}

const [invalid, fresh] = [connectionStates.indexOf('INVALID'), connectionStates.indexOf('NEW')]

function holds(condition: AboutSegments, flags: number): boolean {
  if (condition.field === 'ctstate') return condition.in.contains(isFirst(flags) ? fresh : invalid)
  return condition.in.contains(condition.mask === undefined ? flags : flags & condition.mask)
}

/** Whether conntrack lets it begin a connection, as the model has it (tcp_conntracks). */
function isFirst(flags: number): boolean {
  const counting = flags & ~(psh | tcpFlag.urg)
  return counting === syn || counting === ack
}
