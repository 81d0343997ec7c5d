import { decidingRule, type MatchedRule } from '../flow/matched-rule.ts'
import { type Ruleset, ruleText } from '../netfilter/ruleset.ts'
import { decisionOn } from '../report/describing/deciding.ts'
import { partsAt } from './behaviour.ts'
import type { Cause, Outcome } from './change.ts'
import { onSides, sideNames, type Sides } from './sides.ts'

/** How many changed lines are named. */
const mostLines = 6

/** The deciding rules on either side, and the changed lines on the way of the connection that became another one. */
export function causeOf(outcomes: Sides<Outcome>, rulesets: Sides<Ruleset | undefined>): Cause {
  const connection = partsAt(outcomes.baseline.observed, outcomes.candidate.observed)
  const matched = onSides((side) => {
    const { observed, predicted } = outcomes[side].decidedBy
    return (observed ?? predicted ?? []).filter((rule) => rule.connection === connection)
  })
  const rules = onSides(
    (side) => decisionOn(outcomes[side].decidedBy, connection)?.rule ?? decidingRule(matched[side], connection),
  )
  return { rules, lines: changedLines(matched, rules, rulesets) }
}

/** Where a cause's rules stand: the same text for the same rules, wherever in their chains they are. */
export const causeKey = ({ rules, lines }: Cause): string =>
  JSON.stringify([sideNames.map((side) => rules[side] && place(rules[side])), lines])

const place = ({ table, chain, text }: Pick<MatchedRule, 'table' | 'chain' | 'text'>): string =>
  `${table} ${chain} ${text}`

/** Lines that only one side has, of the chains that the flow went through: those of matched rules first. */
function changedLines(
  matched: Sides<readonly MatchedRule[]>,
  deciding: Sides<MatchedRule | undefined>,
  rulesets: Sides<Ruleset | undefined>,
): string[] {
  const { baseline, candidate } = rulesets
  if (baseline === undefined || candidate === undefined) return []
  const lines = onSides((side) => linesOf(side === 'baseline' ? baseline : candidate))
  const isGone = (side: keyof typeof lines, line: string): boolean =>
    !lines[side === 'baseline' ? 'candidate' : 'baseline'].has(line)
  const of = (side: 'baseline' | 'candidate', rules: readonly MatchedRule[]): string[] =>
    rules.map((rule) => `${rule.table} ${rule.text}`).filter((line) => isGone(side, line))
  const sign = { baseline: '-', candidate: '+' } as const
  const first = sideNames.flatMap((side) =>
    of(side, deciding[side] ? [deciding[side]] : []).map((line) => `${sign[side]} ${line}`),
  )
  const onTheWay = sideNames.flatMap((side) => of(side, matched[side]).map((line) => `${sign[side]} ${line}`))
  const beside = (rules: readonly MatchedRule[]): string[] => {
    const begins = new Set(rules.map(({ table, chain }) => `${table} -A ${chain} `))
    return sideNames.flatMap((side) =>
      [...lines[side]]
        .filter((line) => isGone(side, line) && [...begins].some((begin) => `${line} `.startsWith(begin)))
        .map((line) => `${sign[side]} ${line}`),
    )
  }
  const decided = sideNames.flatMap((side) => deciding[side] ?? [])
  const all = [...matched.baseline, ...matched.candidate]
  for (const own of [[...first, ...beside(decided)], onTheWay, beside(all)])
    if (own.length > 0) return [...new Set(own)].slice(0, mostLines)
  const elsewhere = sideNames.flatMap((side) =>
    [...lines[side]].filter((line) => isGone(side, line)).map((line) => `${sign[side]} ${line}`),
  )
  if (elsewhere.length > 0) return elsewhere.slice(0, mostLines)
  const chains = new Set(all.map(({ table, chain }) => `${table} -A ${chain} `))
  const order = [...chains].find((begin) => inChain(lines.baseline, begin) !== inChain(lines.candidate, begin))
  return order === undefined ? [] : [`the rules of ${order.replace(' -A', '').trim()} stand in another order`]
}

const inChain = (lines: ReadonlySet<string>, begin: string): string =>
  [...lines].filter((line) => `${line} `.startsWith(begin)).join('\n')

function linesOf({ tables }: Ruleset): Set<string> {
  const found = [...tables.values()].flatMap(({ name, chains }) =>
    [...chains.values()].flatMap((chain) => chain.rules.map((rule) => `${name} ${ruleText(chain.name, rule)}`)),
  )
  return new Set(found)
}
