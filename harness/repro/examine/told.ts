import type { Box } from '../../classes/boxes/frame.ts'
import type { RulePlace } from '../../findings/finding.ts'
import { type Answer, behaviourOf, decidingPlace, placeOf, type Subject } from '../../findings/subject.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Observed } from '../../flow/verdict.ts'

/** Flows of one behaviour, with what became of one of them. */
export interface Told {
  box: Box
  /** What was seen, or if it was not driven, what the model says; undefined where neither tells. */
  behaviour: Observed | undefined
  isSeen: boolean
  /** Rules leave it to chance: the ways that it may go, if they are known, and the one that it went. */
  chances?: { outcomes: readonly { share: number; behaviour: Observed }[]; seen?: Observed }
  /** Why nothing is known. */
  unknown?: string
  /** The rule that decides, where one does. */
  rule?: RulePlace
  witness: ConcreteFlow
}

/** The rule that leaves it to chance: which one decides in the end differs from one time to the next. */
function leavingPlace(subject: Pick<Subject, 'rulesets'>, { prediction, flow }: Answer): RulePlace[] {
  const step = 'unknown' in prediction ? prediction.last?.steps.at(-1) : undefined
  if (step === undefined) return []
  const { table, chain, number, rule } = step
  return [placeOf(subject, flow.family, { table, chain, rule: number, text: `-A ${chain} ${rule.origin.text}` })]
}

/** A class with what became of its witness. */
export function toldOf(subject: Pick<Subject, 'rulesets'>, box: Box, answer: Answer): Told {
  const { prediction, result, flow, chances } = answer
  const behaviour = behaviourOf(answer)
  const [rule] = chances === undefined ? decidingPlace(subject, answer) : leavingPlace(subject, answer)
  const error = result !== undefined && 'error' in result ? result.error : undefined
  const unknown = error ?? ('unknown' in prediction ? prediction.unknown : undefined)
  return {
    box,
    behaviour,
    witness: flow,
    isSeen: result !== undefined && 'observed' in result,
    ...(chances && {
      chances: {
        outcomes: chances.flatMap(({ share, prediction: each }) =>
          'predicted' in each ? [{ share, behaviour: each.predicted }] : [],
        ),
        ...(result !== undefined && 'observed' in result && { seen: result.observed }),
      },
    }),
    ...(unknown !== undefined && behaviour === undefined && { unknown }),
    ...(rule && { rule }),
  }
}
