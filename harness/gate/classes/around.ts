import { fieldQuestions } from '../../netfilter/field-questions.ts'
import type { Box, Dimension, Point } from '../../classes/boxes/frame.ts'
import { dimensionsOf } from '../../classes/boxes/frame.ts'
import { flowAt } from '../../classes/space/flow-at.ts'
import { plainestOf } from '../../classes/witness.ts'
import type { World } from '../../classes/space/world.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import { unsendable } from '../../flow/sendable.ts'
import type { Scalar } from '../../netfilter/interval-set.ts'
import { rulesOf } from '../../netfilter/ruleset.ts'
import { dimensionsFor } from './around-rule.ts'
import { coverPairs } from '../compared/pairs.ts'

/** How many flows are sent into one box, and how many values are tried in one dimension. */
const [mostFlows, mostValues] = [24, 12]

/**
 * Flows of a box that stand at the constants of all rules of both worlds, on either side of each: what to send where
 * nobody can tell which classes there are. Any two constants meet in one of them, as far as there is room.
 */
export function flowsAround(box: Box, worlds: readonly World[]): ConcreteFlow[] {
  const [first] = worlds
  if (first === undefined) return []
  const plainest = plainestOf(box, first)
  const constants = constantsOf(box, worlds)
  const dimensions = dimensionsOf(box).filter((dimension) => dimension !== 'saddr')
  const values = dimensions.map((dimension) => {
    const own = plainest[dimension]
    const others = [...(constants.get(dimension) ?? [])].filter(
      (value) => value !== own && box.in[dimension]?.contains(value),
    )
    return [...(own === undefined ? [] : [own]), ...others.slice(0, mostValues)]
  })
  const rows = coverPairs({
    sizes: values.map(({ length }) => length),
    isValid: () => true,
    seed: 1,
    most: mostFlows,
  }).rows
  const points = rows.map(
    (row): Point => Object.fromEntries(dimensions.map((dimension, at) => [dimension, values[at]?.[row[at] ?? 0]])),
  )
  return (points.length === 0 ? [plainest] : points)
    .map((point) => flowAt(box.frame, point))
    .filter((flow) => worlds.every(({ stack }) => unsendable(flow, stack.pod) === undefined))
}

function constantsOf({ frame }: Box, worlds: readonly World[]): Map<Dimension, Set<Scalar>> {
  const found = new Map<Dimension, Set<Scalar>>()
  const note = (dimension: Dimension, value: Scalar): void => {
    const known = found.get(dimension) ?? new Set()
    found.set(dimension, known.add(value))
  }
  for (const { conditions } of worlds.flatMap(({ rulesets }) => rulesOf(rulesets[frame.family])))
    for (const asked of conditions.flatMap(fieldQuestions))
      for (const dimension of dimensionsFor[asked.field] ?? [])
        for (const value of asked.in.boundaries() as readonly Scalar[]) note(dimension, value)
  return found
}
