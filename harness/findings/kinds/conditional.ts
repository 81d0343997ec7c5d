import { conjoined } from '../../core/conjoined.ts'
import { type Prediction, predict } from '../../model/predict.ts'
import type { Supposed } from '../../model/rules/trail.ts'
import { type Condition, textOf } from '../../netfilter/condition.ts'
import type { Rule } from '../../netfilter/ruleset.ts'
import { isCapturedAs, isOpen, plainAnswer } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { allRules } from '../rules.ts'
import { type Answer, shownBy, type Subject } from '../subject.ts'
import { whatGoes } from '../words.ts'

const conditional: FindingKind = {
  code: 'capture-conditional',
  severity: 'warning',
  title: 'Whether traffic is captured depends on more than who sends it and where',
  about:
    'A rule on the way to the proxy asks for what a sender chooses for each packet (TTL, TOS and DSCP, length), or for what changes with time and chance (a time of day, a rate, statistic). So the same application may be captured once and not another time, or choose for itself.',
  remedy:
    'Take the condition out of the rules that spare or capture; what is to be told apart, tell by who sends and where.',
}

/** Traffic that is captured or not by what nobody knows of it beforehand. */
export const conditionalDetector: Detector = {
  kinds: [conditional],
  *find(subject): Iterable<Finding> {
    for (const family of subject.families)
      for (const direction of ['outbound', 'inbound'] as const) {
        const plain = plainAnswer(subject, family, direction)
        if (plain === undefined) continue
        const isTaken = (prediction: Prediction): boolean | undefined => {
          const behaviour = 'predicted' in prediction ? prediction.predicted : undefined
          return isCapturedAs(direction, behaviour, subject.profile) ? true : isOpen(behaviour) ? false : undefined
        }
        const placed = allRules(subject.rulesets[family])
        for (const rule of turningRules(subject, plain, isTaken)) {
          const place = placed.find((each) => each.rule === rule)?.place
          const asked = rule.conditions.filter(isUnknown).map(textOf)
          if (place === undefined || asked.length === 0) continue
          yield caseOf(conditional, {
            key: `${direction} ${place.table} ${place.text}`,
            what: `whether what ${whatGoes[direction]} is captured depends on ${conjoined(asked)}`,
            rules: [place],
            shown: shownBy(plain),
          })
        }
      }
  },
}

/** What no flow says of itself. What a name or a set stands for is another matter: that is missing in the text alone. */
const isUnknown = (condition: Condition): boolean =>
  condition.kind === 'chance' ||
  (condition.kind === 'unknown' && condition.why === undefined) ||
  (condition.kind === 'field' && condition.field === 'tos')

/** Ways in which such rules may answer that are tried. */
const mostTried = 32

/** Rules of which nobody knows whether they match, and by which it is captured in the one case and not in the other. */
function turningRules(
  { rulesets, stack }: Subject,
  { flow, prediction }: Answer,
  isTaken: (prediction: Prediction) => boolean | undefined,
): Rule[] {
  const turning = new Set<Rule>()
  let tried = 0
  /** @returns whether it may be captured, and whether it may not. */
  const follow = (now: Prediction, supposed: Supposed): ReadonlySet<boolean> => {
    const { rule, supposition } = 'unknown' in now ? now : {}
    if (rule === undefined || supposition === undefined || !rule.conditions.some(isUnknown) || tried >= mostTried) {
      const taken = isTaken(now)
      return new Set(taken === undefined ? [] : [taken])
    }
    const [no, yes] = [false, true].map((truth) => {
      tried += 1
      const more = new Map(supposed).set(supposition, truth)
      return follow(predict(flow, rulesets, stack, { supposed: more, decides: false }), more)
    })
    const both = new Set([...(no ?? []), ...(yes ?? [])])
    if (both.size === 2 && no?.size === 1 && yes?.size === 1) turning.add(rule)
    return both
  }
  follow(prediction, new Map())
  return [...turning]
}
