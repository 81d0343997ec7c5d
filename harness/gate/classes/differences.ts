import { rememberedOf } from '../../core/remembered.ts'
import { frameText } from '../../classes/boxes/frame.ts'
import type { FlowClass } from '../../classes/class-of.ts'
import type { Prediction } from '../../model/predict.ts'
import { describeBehaviour } from '../changes/behaviour.ts'
import type { Witness } from './witness.ts'
import { oddity } from './plainness.ts'
import { askedAs } from './describe-witness.ts'
import { namedCredentials } from '../../flow/identity.ts'

/** How many flows are sent of one difference in all, if there are as many. */
const mostSent = 2

/**
 * What two rulesets do otherwise, as the model has it: one text for all classes whose flows meet the same rules on either
 * side, and fare the same there. Empty where the model does not know what becomes of the flow on some side.
 */
export function differenceOf({
  box,
  predictions: [before, after],
}: Pick<FlowClass, 'box' | 'predictions'>): Pick<Witness, 'difference' | 'predicted'> {
  if (before === undefined || after === undefined || 'unknown' in before || 'unknown' in after) return {}
  const ways = [before, after].flatMap((prediction) => [describeBehaviour(prediction.predicted), wayOf(prediction)])
  return {
    difference: [frameText(box.frame), ...ways].join('\n'),
    predicted: { baseline: before.predicted, candidate: after.predicted },
  }
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
 * @param turn which of the pairs of backends it is, of how many: under each of several another one is sent.
 */
export function chosenOf(
  witnesses: readonly Witness[],
  turn: { at: number; of: number } = { at: 0, of: 1 },
): { sent: Witness[]; held: Witness[] } {
  const most = turn.of > 1 ? 1 : mostSent
  const byDifference = Map.groupBy(witnesses, (witness) => witness.difference ?? witness)
  const sent = new Set(
    [...byDifference.values()].flatMap((own) => {
      const plainest = own.toSorted((a, b) => oddityOf(a) - oddityOf(b))
      const first = Math.max(0, Math.min(turn.at, own.length - most))
      return plainest.slice(first, first + most)
    }),
  )
  return {
    sent: witnesses.filter((witness) => sent.has(witness)),
    held: witnesses.filter((witness) => !sent.has(witness)),
  }
}

const oddityOf = rememberedOf(({ flow }: Witness) => oddity(askedAs(flow, namedCredentials.app), flow.family))
