import { type PortRange, withoutPorts } from '../core/port-range.ts'
import { rememberedOf } from '../core/remembered.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { fieldQuestions } from '../netfilter/field-questions.ts'
import { isPortField } from '../netfilter/field.ts'
import { isWide, type IntervalSet } from '../netfilter/interval-set.ts'
import { type Rule, rulesOf } from '../netfilter/ruleset.ts'
import type { Box, ValueSet } from './boxes/frame.ts'
import type { World } from './space/world.ts'

/** What a flow is sent from that names no port (Documentation/networking/ip-sysctl.rst, ip_local_port_range). */
const ordinary: PortRange = { first: 32_768, last: 60_999 }

/**
 * The flow that stands for a class, from whichever port is free where nearly any will do: it then has one that no rule
 * speaks of, and that no other flow has. Of two from one port, the second has to wait, and meets what is left of the
 * first.
 */
export function fromAnyPort(
  { witness, box: { in: sets } }: { witness: ConcreteFlow; box: Box },
  worlds: readonly World[],
): ConcreteFlow {
  if (sets.sport === undefined || !isAnyPort(sets.sport, worlds)) return witness
  const { port: _, ...source } = witness.source ?? {}
  const { source: __, ...flow } = witness
  return source.address === undefined ? flow : { ...flow, source }
}

/** Whether source ports are nearly all that there are, and so those that a flow has that names none. */
export function isAnyPort(ports: ValueSet, worlds: readonly World[]): boolean {
  const port = unnamed(worlds)
  return port !== undefined && isWide(ports) && ports.contains(port)
}

/**
 * An ordinary port that no rule names, other than in a range that has all of them: what rules say of it they say of
 * each that is drawn for a flow. Undefined where rules name every one.
 */
const unnamed = rememberedOf((worlds: readonly World[]): number | undefined => {
  const rules = worlds.flatMap(({ rulesets }) => Object.values(rulesets).flatMap(rulesOf))
  const named = rules.flatMap(portsIn).filter(({ first, last }) => first > ordinary.first || last < ordinary.last)
  return withoutPorts([ordinary], named)[0]?.first
})

/** The ports that a rule writes down, whether it asks for them or for all others. */
const portsIn = ({ conditions }: Rule): readonly PortRange[] =>
  conditions.flatMap((condition) =>
    fieldQuestions(condition).flatMap(({ field, in: set }) => {
      if (!isPortField(field)) return []
      const ports = set as IntervalSet<number>
      const isNegated = condition.kind === 'field' && condition.asked.negated
      return (isNegated ? ports.complement() : ports).intervals
    }),
  )
