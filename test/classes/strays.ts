import type { FlowClass } from '../../harness/classes/class-of.ts'
import type { World } from '../../harness/classes/world.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { type Prediction, predict } from '../../harness/model/predict.ts'

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
