import { contains } from '../../harness/classes/boxes/boxes.ts'
import { classOf, type FlowClass } from '../../harness/classes/class-of.ts'
import { flowAt, pointOf } from '../../harness/classes/space/flow-at.ts'
import { dimensionsOf, frameText, type Point } from '../../harness/classes/boxes/frame.ts'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { type World, worldOf } from '../../harness/classes/space/world.ts'
import type { Family } from '../../harness/core/address.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { type Prediction, predict } from '../../harness/model/predict.ts'
import { loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { type Case, podPlan } from '../model/pod.ts'
import { somePoint, toldApart } from './some-point.ts'

/** What a class has in common: the verdict, whom each connection meets, and which rule decides. */
export function fate(prediction: Prediction): string {
  const decided = prediction.attempts.map(({ deciding }) =>
    deciding === undefined ? '-' : `${deciding.table} ${deciding.chain} ${deciding.number}`,
  )
  if ('unknown' in prediction) return `unknown: ${prediction.unknown}`
  const { verdict, listener, answeredBy, refusedBy, notes, journey } = prediction.predicted
  return JSON.stringify([verdict, listener, answeredBy, refusedBy, notes, journey.map(({ at }) => at), decided])
}

/** How a flow fares otherwise than the class that it lies in; undefined if it does not. */
export function strays(flow: ConcreteFlow, own: FlowClass, worlds: readonly World[]): string | undefined {
  for (const [index, world] of worlds.entries()) {
    const [is, said] = [fate(predict(flow, world.rulesets, world.stack)), fate(own.predictions[index] as Prediction)]
    if (is !== said)
      return `${JSON.stringify(flow)} fares ${is}, and its class with ${JSON.stringify(own.witness)} ${said}`
  }
  return undefined
}

/** Other flows of a class that are held against it. */
const othersOfAClass = 8

/**
 * Holds some flows of each of these flows' classes against it.
 * @param dice numbers from 0 up to 1. @returns how many were. @throws Error for one that strays.
 */
export function holdClasses(
  family: Family,
  flows: readonly ConcreteFlow[],
  worlds: readonly World[],
  dice: Iterator<number>,
): number {
  const told = toldApart(worlds)
  const space = spaceOf(worlds, { families: [family] })
  let compared = 0
  for (const flow of flows) {
    const own = worlds[0] && pointOf(flow, worlds[0].stack)
    const point = own && { sport: 40_000, ...own }
    const root = space.find(
      (box) => point !== undefined && frameText(box.frame) === frameText(flow) && contains(box, point),
    )
    if (point === undefined || root === undefined) continue
    // A flow of a box says of itself no more than what its flows differ in.
    const asked = Object.fromEntries(dimensionsOf(root).map((dimension) => [dimension, point[dimension]]))
    const around = classOf(asked as Point, root, worlds)
    for (let count = 0; count < othersOfAClass; count += 1) {
      const other = flowAt(
        around.box.frame,
        somePoint(around.box, told, () => dice.next().value ?? 0),
      )
      compared += 1
      const parting = strays(other, around, worlds)
      if (parting !== undefined) throw new Error(parting)
    }
  }
  return compared
}

/** The world of a case, by the backend nft. */
export function worldIn(given: Case): World {
  const plan = podPlan('nft', given)
  const loaded = loadPodRules(plan, { ok: true })
  if ('unread' in loaded) throw new Error(loaded.unread)
  return worldOf(loaded.rulesets, plan.pod, plan.routing)
}
