import type { MatchedRule } from '../../../flow/matched-rule.ts'
import type { Ruleset } from '../../../netfilter/ruleset.ts'
import type { SideName, Sides } from '../../compared/sides.ts'
import type { TextLine } from './lines.ts'
import { type Texts, textsOf } from './texts.ts'

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

/** Found once for two rulesets and the ways through them: many flows go by the same ones. */
const known = new WeakMap<Texts, Map<string, TextChange>>()

/**
 * Follows both ways to where they part: the rule that matched on one side next, and is not there on the other, is the
 * change, with what stands in its place.
 * @param ways of the connection that became another one.
 */
export function textChange(ways: Sides<Way>, rulesets: Sides<Ruleset | undefined>): TextChange {
  const { baseline, candidate } = rulesets
  if (baseline === undefined || candidate === undefined) return { lines: [], notes: [] }
  const texts = textsOf({ baseline, candidate })
  const own = known.get(texts) ?? new Map<string, TextChange>()
  known.set(texts, own)
  const key = [ways.baseline, ways.candidate].map(wayText).join('\n\n')
  const found = own.get(key) ?? findChange(ways, texts)
  own.set(key, found)
  return found
}

/** All that is asked of a way. */
const wayText = ({ matched, deciding }: Way): string =>
  [...matched, deciding]
    .map(
      (rule) => rule && [rule.hook, rule.packet, rule.table, rule.chain, rule.rule, rule.target, rule.text].join(' '),
    )
    .join('\n')

function findChange(ways: Sides<Way>, texts: Texts): TextChange {
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
