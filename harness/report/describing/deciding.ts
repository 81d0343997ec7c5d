import { decidingRule, type DecidedBy, isTraced, type MatchedRule } from '../../flow/matched-rule.ts'
import type { CheckResult } from '../../run/check.ts'
import { partingStep } from './journey.ts'

/**
 * Which rule decided what became of a connection, in words.
 * @param connection whose; by default the probe's own.
 */
export function describeDeciding({ observed, predicted }: DecidedBy, connection = 0): string | undefined {
  const matched = observed ?? predicted
  if (matched === undefined) return undefined
  const untold = predicted?.find((other) => other.connection === connection && other.decides && !isTraced(other))
  if (untold !== undefined) return `${describePlace(untold)} (as predicted: no trace tells of that packet)`
  const rule = decidingRule(matched, connection)
  const said =
    rule === undefined
      ? matched.every((other) => other.connection !== connection)
        ? 'no rule: it matched none'
        : 'no rule, but what the chains do at their end'
      : describePlace(rule)
  return observed === undefined ? `${said} (as predicted: this kernel does not tell)` : said
}

/** Of a failed check whose first hop is as expected: which rule decided the hop at which its journey goes astray, in words. */
export function describeDecidingLater(result: CheckResult): string | undefined {
  const at = laterStep(result)
  return at === undefined || result.decidedBy === undefined ? undefined : describeDeciding(result.decidedBy, at)
}

/** The dial of the proxy's that leads astray, where the probe's own connection does not. */
export function laterStep(result: CheckResult): number | undefined {
  const { at = 0 } = partingStep(result) ?? {}
  return at > 0 && at < (result.observed?.journey.length ?? 0) ? at : undefined
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

/** `nat OSM_PROXY_OUTBOUND rule 3: -A …`, with the hook where the chain does not say it, and whose connection it was. */
export function describePlace({ connection, hook, table, chain, rule, text, packet }: MatchedRule): string {
  const from = chain === hook ? '' : `, from ${hook}`
  const whose = connection === 0 ? '' : `, the proxy's dial ${connection}`
  const back = packet === undefined ? '' : packet === 'acknowledgement' ? ', what is said to the answer' : ', on the way back'
  return `${table} ${chain} rule ${rule}${from}${whose}${back}: ${text}`
}

/** Of a failed check: the rule of the mesh's own builder that decides the connection at which the journey goes astray. */
export function promisedRule(result: CheckResult): { source: string; rule: MatchedRule; isMissing: boolean } | undefined {
  const { source, rules } = result.promisedBy ?? { source: '', rules: [] }
  const found = rules.find(({ rule }) => rule.connection === (laterStep(result) ?? 0))
  return found && { source, ...found }
}

/** The same in words: whose rule it is, and whether the pod's rules lack it. */
export function describePromised(result: CheckResult): string | undefined {
  const promised = promisedRule(result)
  if (promised === undefined) return undefined
  return `${promised.source}'s ${describePlace(promised.rule)} (${promised.isMissing ? 'missing here' : 'which is here too'})`
}
