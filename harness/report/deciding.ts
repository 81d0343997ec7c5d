import { decidingRule, type DecidedBy, type MatchedRule } from '../flow/matched-rule.ts'

/** Which rule decided what became of the probe's own connection, in words. */
export function describeDeciding({ observed, predicted }: DecidedBy): string | undefined {
  const matched = observed ?? predicted
  if (matched === undefined) return undefined
  const rule = decidingRule(matched)
  const said =
    rule === undefined
      ? matched.length === 0
        ? 'no rule: it matched none'
        : 'no rule, but what the chains do at their end'
      : describePlace(rule)
  return observed === undefined ? `${said} (as predicted: this kernel does not tell)` : said
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
export function describePlace({ connection, hook, table, chain, rule, text }: MatchedRule): string {
  const from = chain === hook ? '' : `, from ${hook}`
  const whose = connection === 0 ? '' : `, the proxy's dial ${connection}`
  return `${table} ${chain} rule ${rule}${from}${whose}: ${text}`
}
