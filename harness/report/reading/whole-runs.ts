import { inputError } from '../../core/errors.ts'
import type { Environment } from '../../run/schedule/events.ts'
import type { Report } from './read-report.ts'

/**
 * Refuses reports that do not make whole runs. Shards of one plan in the same kind of place are one run, and all of
 * them must be there. Other runs may be joined to it, as long as no two of them ran a check in the same place.
 * @returns the runs, each with its reports.
 * @throws HarnessError (`input`) naming the report.
 */
export function wholeRuns(reports: readonly Report[]): Report[][] {
  const runs = [...Map.groupBy(reports, runOf).values()]
  for (const run of runs) refuseDoubledShard(run)
  refuseIncomplete(runs.filter((run) => run.length < (run[0]?.shard?.count ?? 1)))
  for (const report of reports) refuseUnequalRepeats(report)
  refuseDoubledChecks(reports)
  return runs
}

/** A report that is not a shard is a whole run. */
function runOf(report: Report): unknown {
  const { shard, environments } = report
  return shard === undefined ? report : JSON.stringify([shard.plan, shard.count, environments.map(placeOf).sort()])
}

function placeOf({ sandbox, image }: Environment): string {
  return image ?? sandbox
}

const nameOf = ({ shard }: Report): string => `shard ${shard?.index}/${shard?.count}`

function refuseDoubledShard(run: readonly Report[]): void {
  const seen = new Map<number, Report>()
  for (const report of run) {
    if (report.shard === undefined) continue
    const other = seen.get(report.shard.index)
    if (other !== undefined)
      throw inputError(report.name, `${nameOf(report)} is there twice, also in ${other.name}`, 'leave one out')
    seen.set(report.shard.index, report)
  }
}

/** If several runs have gaps, the reports of the smallest one probably do not belong here. */
function refuseIncomplete(runs: readonly Report[][]): void {
  const [largest, ...others] = runs.toSorted((a, b) => b.length - a.length)
  const [first] = largest ?? []
  if (largest === undefined || first?.shard === undefined) return
  const [foreign] = others.at(-1) ?? []
  if (foreign !== undefined) {
    throw inputError(
      foreign.name,
      `${nameOf(foreign)} is of another run than ${first.name}`,
      'give the shards of one run, or of each run all',
    )
  }
  const there = new Set(largest.map(({ shard }) => shard?.index))
  const { count } = first.shard
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !there.has(index))
  const named =
    missing.length > 20 ? `${missing.slice(0, 20).join(', ')} and ${missing.length - 20} more` : missing.join(', ')
  throw inputError(first.name, `of its ${count} shards ${named} ${missing.length === 1 ? 'is' : 'are'} missing`)
}

/** Every check occurs as often as the run repeats it, unless the run ended early. */
function refuseUnequalRepeats({ name, results, planned }: Report): void {
  if (results.length !== planned) return
  const [first, ...rest] = Map.groupBy(results, ({ check, environment }) =>
    JSON.stringify([environment, check.id]),
  ).values()
  const odd = rest.find((same) => same.length !== first?.length)
  if (odd !== undefined)
    throw inputError(
      name,
      `the check ${odd[0]?.check.id} is there ${odd.length} times, and others ${first?.length}`,
      'it was changed',
    )
}

function refuseDoubledChecks(reports: readonly Report[]): void {
  const seen = new Map<string, Report>()
  for (const report of reports) {
    const places = new Map(report.environments.map((environment) => [environment.id, placeOf(environment)]))
    const own = new Set(report.results.map(({ check, environment }) => `${check.id} on ${places.get(environment)}`))
    for (const check of own) {
      const other = seen.get(check)
      if (other !== undefined)
        throw inputError(report.name, `the check ${check} is also in ${other.name}`, 'leave one out')
      seen.set(check, report)
    }
  }
}
