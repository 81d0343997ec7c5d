/**
 * The worst first, as a reader looks for it: files with most failures, then errors; in each its scenarios likewise, and
 * else as they stand.
 */
export const order = `
function weigh(checks) {
  const counts = new Map(countsOf(checks))
  return [counts.get('failed'), counts.get('error')]
}

function worstFirst(checks, groupings) {
  const [grouping, ...rest] = groupings
  if (!grouping) return checks
  const groups = [...Map.groupBy(checks, grouping).values()].map((own) => ({ own, weight: weigh(own) }))
  groups.sort((a, b) => b.weight[0] - a.weight[0] || b.weight[1] - a.weight[1])
  return groups.flatMap(({ own }) => worstFirst(own, rest))
}

/** A check that ran several times has one id, and each time its own address. */
function giveLinks(checks) {
  for (const own of Map.groupBy(checks, (check) => check.id).values())
    own.forEach((check, index) => (check.link = index === 0 ? check.id : check.id + '~' + (index + 1)))
}

giveLinks(data.checks)
data.checks = worstFirst(data.checks, [fileOf, (check) => check.scenario])
`
