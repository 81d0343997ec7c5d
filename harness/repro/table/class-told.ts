import type { Box } from '../../classes/frame.ts'
import type { RulePlace } from '../../findings/finding.ts'
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
