import type { Family } from '../core/address.ts'
import type { Origin, Protocol } from '../flow/flow.ts'
import { decidingRule, type MatchedRule } from '../flow/matched-rule.ts'
import type { Observed, VerdictName } from '../flow/verdict.ts'

/** All that somebody wants to know of flows; what is left out may be as it will. */
export interface Question {
  verdicts?: readonly (VerdictName | 'unknown')[]
  /** As whom a process runs that sends them. */
  identity?: Who
  /** As whom it does not. */
  notIdentity?: Who
  /** A port of the pod, or a listener or receiver by its name, that the flow or what the proxy dials on arrives at. */
  reaches?: number | string
  /** The rule that decides the flow's own connection, by its place; `none` where no rule does. */
  decidedBy?: RulePlace | 'none'
  families?: readonly Family[]
  protocols?: readonly Protocol[]
  origins?: readonly Origin[]
}

/** A UID, or a UID with its primary GID. */
export interface Who {
  uid: number
  gid?: number
  /** As the caller wrote it. */
  text: string
}

export interface RulePlace {
  table: string
  chain: string
  /** From 1; without it any of the chain. */
  rule?: number
}

/** What is known of one flow. */
export interface Fate {
  observed: Observed | { unknown: string }
  /** The rules that it matched; undefined where nobody knows. */
  matched: readonly MatchedRule[] | undefined
}

/** Whether what becomes of a flow is what is asked for; who sends it is a matter of the space that is searched. */
export function isAnswer({ verdicts, reaches, decidedBy }: Question, { observed, matched }: Fate): boolean {
  const verdict = 'unknown' in observed ? 'unknown' : observed.verdict
  if (verdicts !== undefined && !verdicts.includes(verdict)) return false
  if (reaches !== undefined && !('unknown' in observed ? false : isReached(reaches, observed))) return false
  return decidedBy === undefined || (matched !== undefined && isDecidedBy(decidedBy, matched))
}

function isReached(wanted: number | string, { journey }: Observed): boolean {
  return journey.some(({ at, local }) =>
    typeof wanted === 'number' ? at !== 'peer' && local?.port === wanted : at === wanted,
  )
}

function isDecidedBy(wanted: RulePlace | 'none', matched: readonly MatchedRule[]): boolean {
  const rule = decidingRule(matched)
  if (wanted === 'none') return rule === undefined
  return (
    rule?.table === wanted.table &&
    rule.chain === wanted.chain &&
    (wanted.rule === undefined || wanted.rule === rule.rule)
  )
}

/** The question in words, as what is said of flows: `have the verdict direct and are not sent by proxy`. */
export function questionText({
  verdicts,
  identity,
  notIdentity,
  reaches,
  decidedBy,
  families,
  protocols,
  origins,
}: Question): string {
  const parts = [
    ...(protocols === undefined && families === undefined
      ? []
      : [
          `are ${[protocols, families].flatMap((words) => (words === undefined ? [] : [words.join(' or ')])).join(' and ')}`,
        ]),
    ...(origins === undefined ? [] : [`begin ${origins.map(originText).join(' or ')}`]),
    ...(identity === undefined ? [] : [`are sent by ${identity.text}`]),
    ...(notIdentity === undefined ? [] : [`are not sent by ${notIdentity.text}`]),
    ...(verdicts === undefined ? [] : [`have the verdict ${verdicts.join(' or ')}`]),
    ...(reaches === undefined ? [] : [`reach ${typeof reaches === 'number' ? `port ${reaches}` : reaches}`]),
    ...(decidedBy === undefined ? [] : [`are decided by ${decidedBy === 'none' ? 'no rule' : placeText(decidedBy)}`]),
  ]
  return parts.length === 0 ? 'are told apart by these rules' : parts.join(' and ')
}

const placeText = ({ table, chain, rule }: RulePlace): string =>
  `${table} ${chain}${rule === undefined ? '' : ` rule ${rule}`}`

export const originText = (origin: Origin): string =>
  origin.kind === 'pod'
    ? 'in the pod'
    : origin.kind === 'peer'
      ? `outside and come in by ${origin.interface}`
      : 'behind the bridge'
