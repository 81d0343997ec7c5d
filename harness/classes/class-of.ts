import type { ConcreteFlow } from '../flow/flow.ts'
import { addressNumber } from '../netfilter/wide-values.ts'
import type { Attempt } from '../model/connection-attempt.ts'
import { type Prediction, predict } from '../model/predict.ts'
import { findCell, type Told } from './find-cell.ts'
import { chosenSource, flowAt } from './flow-at.ts'
import type { Box, Point } from './frame.ts'
import type { World } from './world.ts'

/** Flows that the model cannot tell apart: the same rules match all of them, and the same becomes of them. */
export interface FlowClass {
  box: Box
  /** The plainest of them. Its source is left out where any will do, or the route chooses that one. */
  witness: ConcreteFlow
  /** Of the witness, one for each world, in their order; with every rule that was tried. */
  predictions: readonly Prediction[]
}

/**
 * The class of one flow.
 * @param within a box that has the flow, such as one from `spaceOf`: its class goes no further.
 * @param byRule whether the flows of the class have the rule in common that decides.
 */
export function classOf(point: Point, within: Box, worlds: readonly World[], byRule = true): FlowClass {
  const told = worlds.map((world) => tell(flowAt(within.frame, point), world, byRule))
  const box = findCell(point, within, told)
  return { box, witness: witnessAt(point, box, worlds), predictions: told.map(({ prediction }) => prediction) }
}

function tell(flow: ConcreteFlow, world: World, byRule: boolean): Told {
  const without: Attempt[] = []
  world.stack.lookedUp.clear()
  const prediction = predict(flow, world.rulesets, world.stack, {
    keepsAll: true,
    ...(byRule ? { without: (tried) => without.push(tried) } : { decides: false }),
  })
  return { world, prediction, without, lookedUp: new Set(world.stack.lookedUp) }
}

/** The flow without a source that it has anyway. */
function witnessAt(point: Point, cell: Box, worlds: readonly World[]): ConcreteFlow {
  const { saddr, sport, ...others } = point
  const bare = flowAt(cell.frame, others)
  const isChosen = worlds.every(({ stack }) => {
    const chosen = chosenSource(bare, stack)
    return chosen !== undefined && addressNumber(chosen) === saddr
  })
  const isAnyPort = cell.in.sport === undefined || cell.in.sport.isFull
  return flowAt(cell.frame, {
    ...others,
    ...(saddr !== undefined && !isChosen && { saddr }),
    ...(sport !== undefined && !isAnyPort && { sport }),
  })
}
