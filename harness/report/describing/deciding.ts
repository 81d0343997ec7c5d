import { decidingRule, type DecidedBy, isTraced, type MatchedRule } from '../../flow/matched-rule.ts'
import type { CheckResult } from '../../run/checks/check.ts'
import { astrayConnection } from '../../run/checks/parting.ts'

/** What decided a connection, and how that is known. */
export interface Decision {
  /** Undefined where no rule did. */
  rule: MatchedRule | undefined
  /** Whether any rule matched. */
  isAnyMatched: boolean
  /** Why the model is believed in the kernel's place. */
  asPredicted?: 'no trace tells of that packet' | 'this kernel does not tell'
}

/**
 * What decided what became of a connection.
 * @param connection whose; by default the probe's own.
 * @returns undefined where that is not known.
 */
export function decisionOn({ observed, predicted }: DecidedBy, connection = 0): Decision | undefined {
  const matched = observed ?? predicted
  if (matched === undefined) return undefined
  const untraced = predicted?.find((other) => other.connection === connection && other.decides && !isTraced(other))
  if (untraced !== undefined)
    return { rule: untraced, isAnyMatched: true, asPredicted: 'no trace tells of that packet' }
  const isAnyMatched = matched.some((other) => other.connection === connection)
  return {
    rule: decidingRule(matched, connection),
    isAnyMatched,
    ...(observed === undefined && { asPredicted: 'this kernel does not tell' }),
  }
}

/** The same in words. */
export function describeDeciding(decidedBy: DecidedBy, connection = 0): string | undefined {
  const decision = decisionOn(decidedBy, connection)
  return decision && describeDecision(decision)
}

export function describeDecision({ rule, isAnyMatched, asPredicted }: Decision): string {
  const none = isAnyMatched ? 'no rule, but what the chains do at their end' : 'no rule: it matched none'
  const said = rule === undefined ? none : describePlace(rule)
  return asPredicted === undefined ? said : `${said} (as predicted: ${asPredicted})`
}

/**
 * Of a failed check whose first hop is as expected: which rule decided the hop at which its journey goes astray, in
 * words.
 */
export function describeDecidingLater(result: CheckResult): string | undefined {
  const connection = astrayConnection(result)
  return connection === 0 || result.decidedBy === undefined ? undefined : describeDeciding(result.decidedBy, connection)
}

/** Where prediction and observation part, in words. */
export function describeDivergence({ observed, predicted, divergesAt }: DecidedBy): string | undefined {
  if (divergesAt === undefined) return undefined
  const place = (list: readonly MatchedRule[] | undefined): string => {
    const rule = list?.[divergesAt]
    return rule === undefined ? 'nothing more' : describePlace(rule)
  }
  return `match ${divergesAt + 1} was predicted to be ${place(predicted)}; it was ${place(observed)}`
}

/**
 * `nat OSM_PROXY_OUTBOUND rule 3: -A …`, with the hook where the chain does not say it, and whose connection it was.
 */
export function describePlace({ connection, hook, table, chain, rule, text, packet }: MatchedRule): string {
  const from = chain === hook ? '' : `, from ${hook}`
  const whose = connection === 0 ? '' : `, the proxy's dial ${connection}`
  const back =
    packet === undefined ? '' : packet === 'acknowledgement' ? ', what is said to the answer' : ', on the way back'
  return `${table} ${chain} rule ${rule}${from}${whose}${back}: ${text}`
}

/**
 * Of a failed check: the rule of the mesh's own builder that decides the connection at which the journey goes astray.
 */
export function promisedRule(
  result: CheckResult,
): { source: string; rule: MatchedRule; isMissing: boolean } | undefined {
  const { source, rules } = result.promisedBy ?? { source: '', rules: [] }
  const found = rules.find(({ rule }) => rule.connection === astrayConnection(result))
  return found && { source, ...found }
}

/** The same in words: whose rule it is, and whether the pod's rules lack it. */
export function describePromised(result: CheckResult): string | undefined {
  const promised = promisedRule(result)
  if (promised === undefined) return undefined
  return `${promised.source}'s ${describePlace(promised.rule)} (${promised.isMissing ? 'missing here' : 'which is here too'})`
}
