import type { MatchedRule } from '../../../flow/matched-rule.ts'
import type { Ruleset } from '../../../netfilter/ruleset.ts'
import type { SideName, Sides } from '../../compared/sides.ts'
import type { TextLine } from './lines.ts'
import { textsOf } from './texts.ts'

/** What of the rules' text made a flow go another way. */
export interface TextChange {
  /** The lines of either side: those that went and those that came, or one that stands elsewhere now. */
  lines: readonly TextLine[]
  /** What lines do not say, such as a table that one side does not have. */
  notes: readonly string[]
  /** The side that has no rules of the family at all. */
  without?: SideName
}

/** The rules that a connection matched on one side, and the one that decided. */
export interface Way {
  matched: readonly MatchedRule[]
  deciding: MatchedRule | undefined
}

/**
 * Follows both ways to where they part: the rule that matched on one side next, and is not there on the other, is the
 * change, with what stands in its place.
 * @param ways of the connection that became another one.
 */
export function textChange(ways: Sides<Way>, rulesets: Sides<Ruleset | undefined>): TextChange {
  const { baseline, candidate } = rulesets
  if (baseline === undefined || candidate === undefined) return { lines: [], notes: [] }
  const texts = textsOf({ baseline, candidate })
  const { without } = texts
  if (without !== undefined) {
    const deciding = ways[without === 'baseline' ? 'candidate' : 'baseline']
    return { ...texts.noRules(deciding.deciding ?? deciding.matched[0]), without }
  }
  const before = ways.baseline.matched
  const after = ways.candidate.matched
  const steps = Array.from({ length: Math.max(before.length, after.length) }, (_, at) => ({
    baseline: before[at],
    candidate: after[at],
  }))
  const parting = steps.findIndex((step) => !texts.isSame(step))
  // A jump whose conditions have changed leads there all the same, so that what comes behind it made the difference.
  const further = steps.findIndex((step) => !texts.isSame(step) && !texts.leadsAlike(step))
  for (const at of new Set([further, parting])) {
    const next = steps[at] ?? { baseline: undefined, candidate: undefined }
    const lines = texts.made(next)
    if (lines.length > 0) return { lines, notes: texts.notes(next, lines) }
  }
  const lines = texts.elsewhere([...before, ...after])
  return { lines, notes: texts.notes({ baseline: undefined, candidate: undefined }, lines) }
}
