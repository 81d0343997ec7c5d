import type { ConcreteFlow } from '../flow/flow.ts'
import { isWide } from '../netfilter/interval-set.ts'
import type { FlowClass } from './class-of.ts'

/**
 * The flow that stands for a class, from whichever port is free where nearly any will do: it then has one that no rule
 * speaks of, and that no other flow has. Of two from one port, the second has to wait, and meets what is left of the
 * first.
 */
export function fromAnyPort({ witness, box: { in: sets } }: Pick<FlowClass, 'witness' | 'box'>): ConcreteFlow {
  if (sets.sport === undefined || !isWide(sets.sport)) return witness
  const { port: _, ...source } = witness.source ?? {}
  const { source: __, ...flow } = witness
  return source.address === undefined ? flow : { ...flow, source }
}
