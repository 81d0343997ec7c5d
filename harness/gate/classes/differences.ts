import { frameText } from '../../classes/boxes/frame.ts'
import type { FlowClass } from '../../classes/class-of.ts'
import type { Prediction } from '../../model/predict.ts'
import { describeBehaviour } from '../changes/behaviour.ts'
import type { Witness } from './witness.ts'
import { oddity } from './plainness.ts'
import { askedAs } from './describe-witness.ts'
import { namedCredentials } from '../../flow/identity.ts'

/** How many flows are sent of one difference. */
const mostSent = 2

/**
 * What two rulesets do otherwise, as the model has it: one text for all classes whose flows meet the same rules on either
 * side, and fare the same there. Undefined where the model does not know what becomes of the flow on some side.
 */
export function differenceOf({ box, predictions }: Pick<FlowClass, 'box' | 'predictions'>): string | undefined {
  const ways = predictions.flatMap((prediction) =>
    'unknown' in prediction ? [] : [describeBehaviour(prediction.predicted), wayOf(prediction)],
  )
  return ways.length < predictions.length * 2 ? undefined : [frameText(box.frame), ...ways].join('\n')
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

/**
 * Which flows are sent: of many that differ in the same way a few, the plainest, stand for the rest, which is held
 * back.
 */
export function chosenOf(witnesses: readonly Witness[]): { sent: Witness[]; held: Witness[] } {
  const byDifference = Map.groupBy(witnesses, (witness) => witness.difference ?? witness)
  const held = new Set(
    [...byDifference.values()].flatMap((own) => own.toSorted((a, b) => oddityOf(a) - oddityOf(b)).slice(mostSent)),
  )
  return { sent: witnesses.filter((witness) => !held.has(witness)), held: [...held] }
}

const oddityOf = ({ flow }: Witness): number => oddity(askedAs(flow, namedCredentials.app), flow.family)
