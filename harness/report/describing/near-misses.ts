import { formatAddressPort } from '../../core/address.ts'
import type { MatchedRule } from '../../flow/matched-rule.ts'
import type { NearMiss, NearMisses, OtherEnd } from '../../flow/near-miss.ts'
import { describeStation } from './stations.ts'

/** Where a connection would end: `the peer would get it at 203.0.113.10:80`. */
export function describeOtherEnd(end: OtherEnd): string {
  if (end.kind === 'dropped') return 'it would be dropped'
  if (end.kind === 'refused') return `the ${end.by} would refuse it`
  const answer = end.isAnswerLost ? ', and its answer would be lost' : ''
  return `the ${describeStation(end.at)} would get it at ${formatAddressPort(end.local)}${answer}`
}

/** What a rule asks for and a flow has not, and what would be otherwise. */
const describeNearMiss = ({ asks, actual, end }: Omit<NearMiss, 'rule'>): string =>
  `it asks for ${asks}, and the flow has ${actual}; had that matched, ${describeOtherEnd(end)}`

/**
 * The near misses that matter, each as its rule and what would be otherwise.
 * @param most how many; the rest is counted in `more`, a sentence each.
 */
export function describeNearMisses(
  { rules, untried }: NearMisses,
  most: number,
): { shown: { rule: string; text: string }[]; more: string[] } {
  const rest = rules.length - most
  return {
    shown: rules.slice(0, most).map((each) => ({ rule: placeOfRule(each.rule), text: describeNearMiss(each) })),
    more: [
      ...(rest > 0 ? [`… and ${counted(rest)} like ${rest === 1 ? 'this' : 'these'}`] : []),
      ...(untried > 0
        ? [`… and ${counted(untried)} that failed on one condition ${untried === 1 ? 'was' : 'were'} not looked into`]
        : []),
    ],
  }
}

const counted = (rules: number): string => (rules === 1 ? '1 more rule' : `${rules.toLocaleString('en')} more rules`)

/** `nat OUTPUT rule 3: -p tcp -j RETURN`, and whose connection it was. */
export const placeOfRule = ({ table, chain, rule, text, connection }: MatchedRule): string =>
  `${table} ${chain} rule ${rule}${connection === 0 ? '' : `, the proxy's dial ${connection}`}: ${text.slice(`-A ${chain}`.length).trim() || '(nothing)'}`
