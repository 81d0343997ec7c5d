import type { CheckResult } from '../../run/checks/check.ts'
import { astrayConnection } from '../../run/checks/parting.ts'

/**
 * The pod's rules in the chains that a flow went through, as `iptables-save -c` prints them; all rules if its way is
 * not known.
 * @param most how many rules are shown; a last line counts the rest.
 */
export function rulesOnTheWay(result: CheckResult, most: number): string[] {
  const { evidence, decidedBy = {}, promisedBy } = result
  if (evidence === undefined) return []
  const connection = astrayConnection(result)
  const matched = [
    ...(decidedBy.observed ?? decidedBy.predicted ?? []),
    ...(promisedBy?.rules.map(({ rule }) => rule) ?? []),
  ].filter((rule) => rule.connection === connection)
  const chains = new Set(matched.flatMap(({ table, chain, hook }) => [`${table} ${chain}`, `${table} ${hook}`]))
  const rules: { table: string; chain: string; line: string }[] = []
  let table = ''
  for (const line of evidence.rules.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const [, chain] = /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line) ?? []
    if (chain !== undefined) rules.push({ table, chain, line })
  }
  const kept = rules.filter((rule) => chains.size === 0 || chains.has(`${rule.table} ${rule.chain}`))
  const shown = kept.slice(0, most)
  const lines = shown.flatMap(({ table, line }, index) =>
    shown[index - 1]?.table === table ? [line] : [`*${table}`, line],
  )
  const more = rules.length - shown.length
  return more === 0 ? lines : [...lines, `… and ${more} more rules`]
}
