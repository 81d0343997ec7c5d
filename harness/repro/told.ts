import type { Box } from '../classes/frame.ts'
import { type Answer, behaviourOf, decidingPlace, type Subject } from '../findings/subject.ts'
import type { Told } from './table/rows.ts'

/** A class with what became of its witness. */
export function toldOf(subject: Pick<Subject, 'rulesets'>, box: Box, answer: Answer): Told {
  const { prediction, result, flow } = answer
  const behaviour = behaviourOf(answer)
  const [rule] = decidingPlace(subject, answer)
  const error = result !== undefined && 'error' in result ? result.error : undefined
  const unknown = error ?? ('unknown' in prediction ? prediction.unknown : undefined)
  return {
    ...{ box, behaviour, witness: flow, isSeen: result !== undefined && 'observed' in result },
    ...(unknown !== undefined && behaviour === undefined && { unknown }),
    ...(rule && { rule }),
  }
}
