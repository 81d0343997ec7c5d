import type { MatchedRule } from '../../flow/matched-rule.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { onSides, type SideName, type Sides } from '../sides.ts'
import { sameWords, type TextLine } from './lines.ts'
import { textsOf } from './texts.ts'

/** What of the rules' text made a flow go another way. */
export interface TextChange {
  /** The lines of either side: those that went and those that came, or one that stands elsewhere now. */
  lines: readonly TextLine[]
  /** What lines do not say, such as a table that one side does not have. */
  notes: readonly string[]
}

/**
 * Follows both ways to where they part: the rule that matched on one side next, and is not there on the other, is the
 * change, with what stands in its place.
 * @param matched the rules that the connection matched, which became another one, in their order.
 */
export function textChange(matched: Sides<readonly MatchedRule[]>, rulesets: Sides<Ruleset | undefined>): TextChange {
  const { baseline, candidate } = rulesets
  if (baseline === undefined || candidate === undefined) return { lines: [], notes: [] }
  const texts = textsOf({ baseline, candidate })
  const [before, after] = [matched.baseline.map(wordsOf('baseline')), matched.candidate.map(wordsOf('candidate'))]
  const common = before.findIndex((words, index) => words !== after[index])
  const at = common === -1 ? before.length : common
  const next = onSides((side) => matched[side][at])
  const lines = texts.made(next)
  const named = lines.length > 0 ? lines : texts.elsewhere([...matched.baseline, ...matched.candidate])
  return { lines: named, notes: texts.notes(next, named) }

  function wordsOf(side: SideName): (rule: MatchedRule) => string {
    return ({ hook, table, text, packet = '' }) =>
      `${hook} ${packet} ${sameWords({ side, table, text }, texts.renames)}`
  }
}
