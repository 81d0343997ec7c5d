import { decidingRule, type MatchedRule } from '../../../flow/matched-rule.ts'
import { isListener, type Observed } from '../../../flow/verdict.ts'
import { describeObserved } from '../../describing/describe-observed.ts'
import { describeStation } from '../../describing/stations.ts'
import { stationDetail } from './station-text.ts'
import type { Table } from './table.ts'

/** A matched rule: `connection`, hook and table say where on the way, the rest is the rule. */
export type PageRule = Pick<MatchedRule, 'connection' | 'hook' | 'table' | 'chain' | 'rule' | 'text' | 'target'>

/** A flow as observed or as predicted: the rules that it matched, as indices into `rules`, and its stations. */
export interface Lane {
  says: string
  matched?: number[]
  /** Which of `matched` decided: the verdict, and where the journey goes astray only later, that. */
  deciding?: number[]
  stations: { at: string; isListener: boolean; label: string; detail: string }[]
}

/**
 * @param astray the connection at which it parts from another one, from 0. @param rules which the page has already;
 * new ones are added.
 */
export function laneOf(
  observed: Observed,
  matched: readonly MatchedRule[] | undefined,
  astray: number,
  rules: Table<PageRule>,
): Lane {
  const connections = [...new Set([0, astray])]
  const deciding = connections.flatMap((connection) => (matched && decidingRule(matched, connection)) ?? [])
  return {
    says: describeObserved(observed),
    ...(matched && { matched: matched.map((rule) => rules.place(ruleOf(rule))) }),
    ...(matched && deciding.length > 0 && { deciding: deciding.map((rule) => matched.indexOf(rule)) }),
    stations: observed.journey.map((hop) => ({
      at: hop.at,
      isListener: isListener(hop.at),
      label: describeStation(hop.at),
      detail: stationDetail(hop),
    })),
  }
}

function ruleOf({ connection, hook, table, chain, rule, text, target }: MatchedRule): PageRule {
  return { connection, hook, table, chain, rule, text, ...(target !== undefined && { target }) }
}
