import { clientPorts, hasAllClientPorts, withoutPorts } from '../core/port-range.ts'
import { rememberedOf } from '../core/remembered.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { portsWritten } from '../netfilter/field-questions.ts'
import { isWide } from '../netfilter/interval-set.ts'
import { rulesOf } from '../netfilter/ruleset.ts'
import type { Box, ValueSet } from './boxes/frame.ts'
import type { World } from './space/world.ts'

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
 * A client's port that no rule names, other than in a range that has all of them: what rules say of it they say of
 * each that is drawn for a flow. Undefined where rules name every one.
 */
const unnamed = rememberedOf((worlds: readonly World[]): number | undefined => {
  const rules = worlds.flatMap(({ rulesets }) => Object.values(rulesets).flatMap(rulesOf))
  const named = rules.flatMap(({ conditions }) => conditions.flatMap(portsWritten))
  return withoutPorts(
    [clientPorts],
    named.filter((range) => !hasAllClientPorts(range)),
  )[0]?.first
})
