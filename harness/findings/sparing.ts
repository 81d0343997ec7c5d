import { plainAnswer } from './captured.ts'
import type { RulePlace } from './finding.ts'
import { type Answer, decidingPlace, matchedBy, placeOf, type Subject } from './subject.ts'

/** The rule that leaves alone what an answer is about; or else the first of those that take the rest. */
export function sparing(subject: Subject, answer: Answer): RulePlace[] {
  const { family, origin, protocol } = answer.flow
  const plain = plainAnswer(subject, family, origin.kind === 'pod' ? 'outbound' : 'inbound', protocol)
  const deciding = decidingPlace(subject, answer)
  return deciding.length > 0 || plain === undefined ? deciding : distinguishing(subject, answer, plain)
}

/** The first rule on an answer's way that another one does not meet: what tells it from that. */
export function distinguishing(subject: Subject, than: Answer, answer: Answer): RulePlace[] {
  const met = new Set(matchedBy(than).map(({ table, chain, rule }) => `${table} ${chain} ${rule}`))
  const found = matchedBy(answer).find(
    ({ connection, table, chain, rule }) => connection === 0 && !met.has(`${table} ${chain} ${rule}`),
  )
  return found === undefined ? [] : [placeOf(subject, answer.flow.family, found)]
}
