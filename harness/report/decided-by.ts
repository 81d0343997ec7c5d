import type { DecidedBy, MatchedRule } from '../flow/matched-rule.ts'

/** The last rule that the probe's own connection matched: as traced, or else as predicted; undefined if no rule did or nobody can tell. */
export function decidingRule(decidedBy: DecidedBy | undefined): MatchedRule | undefined {
  return (decidedBy?.observed ?? decidedBy?.predicted)?.findLast(({ connection }) => connection === 0)
}

/** Which rule decided, in one line; undefined if nobody can tell. */
export function describeDecidingRule(decidedBy: DecidedBy | undefined): string | undefined {
  const known = decidedBy?.observed ?? decidedBy?.predicted
  if (known === undefined) return undefined
  const rule = decidingRule(decidedBy)
  const how = decidedBy?.observed === undefined ? ' (predicted)' : ''
  return rule === undefined ? `no rule${how}` : `${rule.table} ${rule.chain} rule ${rule.rule}: ${rule.text}${how}`
}
