import { optionFor } from '../mesh/partial-capture.ts'
import type { RulePlace } from './finding.ts'
import { type Answer, matchedBy, placeOf, type Subject } from './subject.ts'

/** The options of the mesh by which its rules capture only such parts, if it has one for each; its chains show the rules. */
export function documented(
  { profile, chains, rulesets, families }: Subject,
  direction: 'outbound' | 'inbound',
  by: readonly string[],
): string | undefined {
  const isIts = families.some((family) =>
    [...rulesets[family].tables.values()].some((table) =>
      [...table.chains.keys()].some((chain) => chains.some((begin) => chain.startsWith(begin))),
    ),
  )
  const options = by.map((each) => optionFor(profile.mesh, direction, each))
  return isIts && options.every((option) => option !== undefined) ? options.join(' and ') : undefined
}

/** The first rule on an answer's way that another one does not meet: what tells it from that. */
export function distinguishing(subject: Subject, than: Answer, answer: Answer): RulePlace[] {
  const met = new Set(matchedBy(than).map(({ table, chain, rule }) => `${table} ${chain} ${rule}`))
  const found = matchedBy(answer).find(
    ({ connection, table, chain, rule }) => connection === 0 && !met.has(`${table} ${chain} ${rule}`),
  )
  return found === undefined ? [] : [placeOf(subject, answer.flow.family, found)]
}
