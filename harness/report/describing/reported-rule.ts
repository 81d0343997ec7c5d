import type { MatchedRule } from '../../flow/matched-rule.ts'
import type { NearMisses, OtherEnd } from '../../flow/near-miss.ts'
import { reportedAddress } from './reported-observed.ts'

/** A rule on the way, as JSON has it. */
export function reportedRule({
  connection,
  hook,
  table,
  chain,
  rule,
  text,
  target,
  comment,
  packet,
  decides,
}: MatchedRule) {
  return { table, chain, rule, text, target, comment, connection, hook, packet, decides }
}

/** `rules` came within one condition of another verdict; `untried` more were not looked into. */
export function reportedNearMisses({ rules, untried }: NearMisses) {
  return {
    rules: rules.map(({ rule, asks, actual, end }) => ({
      rule: reportedRule(rule),
      asks,
      actual,
      end: reportedEnd(end),
    })),
    untried,
  }
}

export function reportedEnd(end: OtherEnd) {
  if (end.kind !== 'received') return end
  const { kind, at, local, isAnswerLost } = end
  return { kind, at, local: reportedAddress(local), ...(isAnswerLost && { answerLost: true as const }) }
}
