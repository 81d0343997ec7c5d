import { frameText } from '../../classes/boxes/frame.ts'
import type { FlowClass } from '../../classes/class-of.ts'
import type { Prediction } from '../../model/predict.ts'
import { describeBehaviour } from '../changes/behaviour.ts'
import { sideNames } from '../compared/sides.ts'
import type { Held, Witness } from './witness.ts'
import { oddity } from './plainness.ts'
import { askedAs } from './describe-witness.ts'
import { namedCredentials } from '../../flow/identity.ts'

/** What two rulesets do otherwise. Nothing where the model does not know what becomes of the flow on some side. */
export function differenceOf({
  box,
  predictions: [before, after],
}: Pick<FlowClass, 'box' | 'predictions'>): Pick<Witness, 'difference'> {
  if (before === undefined || after === undefined || 'unknown' in before || 'unknown' in after) return {}
  const predicted = { baseline: before.predicted, candidate: after.predicted }
  const fares = sideNames.map((side) => describeBehaviour(predicted[side])).join('\n')
  const way = [frameText(box.frame), fares, wayOf(before), wayOf(after)].join('\n')
  return { difference: { way, fares, predicted } }
}

/** The rules that match, in their order. */
const wayOf = ({ attempts }: Prediction): string =>
  attempts
    .map(({ steps }) =>
      steps.flatMap(({ truth, hook, table, chain, number }) =>
        truth === true ? [[hook, table, chain, number].join(' ')] : [],
      ),
    )
    .join('\n')

/** Flows that are sent, and those that they stand for. */
export interface Chosen {
  sent: Witness[]
  held: Held[]
}

/**
 * Which flows are sent under each of some pairs of backends that execute the same: of many that differ in the same way
 * the plainest stands for the rest, under one of them, and of each way to fare one under all of them. Of those for whom
 * nobody else could speak all are.
 * @param backends how many pairs.
 */
export function chosenOf(witnesses: readonly Witness[], backends: number): Chosen[] {
  const sent = Array.from({ length: backends }, () => new Set<Witness>())
  const byFares = Map.groupBy(witnesses, (witness) => witness.difference?.fares ?? witness)
  for (const alike of byFares.values()) {
    const byWay = [...Map.groupBy(alike, (witness) => witness.difference?.way ?? witness).values()].map(plainestFirst)
    for (const [at, own] of sent.entries())
      for (const [index, all] of byWay.entries()) {
        // Under each another one, where there is one.
        const chosen = all[Math.min(at, all.length - 1)]
        if (chosen !== undefined && (index === 0 || index % backends === at)) own.add(chosen)
      }
  }
  return sent.map((own) => ({
    sent: witnesses.filter((witness) => own.has(witness)),
    held: witnesses.filter((witness): witness is Held => witness.difference !== undefined && !own.has(witness)),
  }))
}

function plainestFirst(witnesses: readonly Witness[]): readonly Witness[] {
  if (witnesses.length === 1) return witnesses
  return witnesses
    .map((witness) => ({ witness, rank: oddity(askedAs(witness.flow, namedCredentials.app), witness.flow.family) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ witness }) => witness)
}
