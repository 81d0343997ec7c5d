import { type Chain, type Rule, type Ruleset, ruleText, type Table } from '../netfilter/ruleset.ts'
import type { RulePlace } from './finding.ts'
import type { Located } from './reach/reach.ts'

/** A rule with where it stands. */
export interface PlacedRule extends Located {
  place: RulePlace
  isOfBase: boolean
}

/** Every rule of a ruleset, table by table, chain by chain. */
export function allRules(ruleset: Ruleset): PlacedRule[] {
  return [...ruleset.tables.values()].flatMap((table) =>
    [...table.chains.values()].flatMap((chain) => rulesIn(ruleset, table, chain)),
  )
}

export function rulesIn({ family }: Ruleset, table: Pick<Table, 'name'>, chain: Chain): PlacedRule[] {
  return chain.rules.map((rule, index) => {
    const located = { table: table.name, chain: chain.name, number: index + 1, rule }
    return { ...located, place: placeOfRule(family, located), isOfBase: chain.base !== undefined }
  })
}

export function placeOfRule(family: Ruleset['family'], { table, chain, number, rule }: Located): RulePlace {
  return { family, table, chain, rule: number, text: ruleText(chain, rule), line: rule.origin.place.line }
}

/** Where a jump leads; undefined if the rule is none. */
export function targetOf({ statements }: Pick<Rule, 'statements'>): string | undefined {
  const [statement] = statements
  return statement?.kind === 'jump' || statement?.kind === 'goto' ? statement.chain : undefined
}
