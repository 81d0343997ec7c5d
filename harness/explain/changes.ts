import type { ConcreteFlow } from '../flow/flow.ts'
import type { MatchedRule } from '../flow/matched-rule.ts'
import type { NearMisses, OtherEnd } from '../flow/near-miss.ts'
import type { Ruleset } from '../netfilter/ruleset.ts'
import type { AttemptResult } from '../model/path/connection-attempt.ts'
import { outcomeWithout } from '../model/near-misses.ts'
import type { NetworkStack } from '../model/stack/network-stack.ts'
import { describeNearMisses, describeOtherEnd, placeOfRule } from '../report/describing/near-misses.ts'
import { matchedRule } from '../run/predict/decided-by.ts'
import { nearMisses } from '../run/judge/near-misses.ts'

/** How many near misses are shown: a few that fit on a screen, or all with `--verbose`. */
const mostShown = 5

/**
 * What would make the flow's own connection end otherwise: the rule that decides gone, or another one's single
 * condition met.
 */
export interface Changes {
  /** `end` is missing where another rule would do the same, and where nobody knows. */
  without?: { rule: MatchedRule; end?: OtherEnd }
  missed: NearMisses
}

export function changesOf(flow: ConcreteFlow, first: AttemptResult, ruleset: Ruleset, stack: NetworkStack): Changes {
  const { deciding } = first
  const end = deciding && outcomeWithout(flow, ruleset, stack, first, deciding)
  return {
    ...(deciding && { without: { rule: matchedRule(deciding, 0), ...(end && { end }) } }),
    missed: nearMisses(first, ruleset, stack, 0),
  }
}

/** The same as lines of text. */
export function changeLines({ without, missed }: Changes, isVerbose: boolean): string[] {
  const { shown, more } = describeNearMisses(missed, isVerbose ? missed.rules.length : mostShown)
  const lines = [
    ...(without === undefined
      ? []
      : [`  ${placeOfRule(without.rule)}`, `    it decides; were it not there, ${otherwise(without.end)}`]),
    ...shown.flatMap(({ rule, text }) => [`  ${rule}`, `    ${text}`]),
    ...more.map((text) => `  ${text}`),
  ]
  return lines.length > 0
    ? ['What would change it:', ...lines]
    : ['No rule that was tried came within one condition of changing that.']
}

const otherwise = (end: OtherEnd | undefined): string =>
  end === undefined ? 'another rule would do the same, or nobody knows what would be' : describeOtherEnd(end)
