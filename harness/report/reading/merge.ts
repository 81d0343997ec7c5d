import { isDeepStrictEqual } from 'node:util'
import { exitCodes, type HarnessError } from '../../core/errors.ts'
import { backends } from '../../flow/backend.ts'
import type { CheckResult } from '../../run/checks/check.ts'
import type { Environment, RunEvent, Summary } from '../../run/schedule/events.ts'
import { Tally } from '../../run/schedule/tally.ts'
import type { Report } from './read-report.ts'
import { scenarioName } from '../describing/scenario-name.ts'
import { wholeRuns } from './whole-runs.ts'

/**
 * The events of one run that stands for all reports; its duration is their sum.
 * @param command the command that the report shows.
 * @throws HarnessError (`input`) naming a report that does not fit.
 */
export function mergedEvents(reports: readonly Report[], command: readonly string[]): RunEvent[] {
  const runs = wholeRuns(reports)
  const united = uniteEnvironments(reports)
  const results = united.results
  const used = backends.filter((backend) => results.some(({ check }) => check.backend === backend))
  const error = gravest(reports.flatMap(({ error }) => error ?? []))
  const start: RunEvent = {
    type: 'start',
    startedAt: new Date(Math.min(...reports.map(({ startedAt }) => startedAt.getTime()))),
    checks: sum(reports.map(({ planned }) => planned)),
    scenarios: new Set(results.map(({ check }) => scenarioName(check.scenario))).size,
    environments: united.environments,
    ...(used.length > 0 && { backends: used }),
    command: [...command],
    seed: reports[0]?.seed ?? 0,
  }
  const end: RunEvent = {
    type: 'end',
    durationMs: sum(reports.map(({ durationMs }) => durationMs)),
    interrupted: reports.some(({ interrupted }) => interrupted),
    // Every shard counts the scenarios that the whole run leaves out.
    summary: summaryOf(results, sum(runs.map((run) => Math.max(...run.map(({ summary }) => summary.leftOut))))),
    ...(error && { error }),
  }
  return [start, ...results.map((result): RunEvent => ({ type: 'result', result })), end]
}

function summaryOf(results: readonly CheckResult[], leftOut: number): Summary {
  const tally = new Tally(leftOut)
  for (const result of results) tally.count(result)
  return tally.summary
}

/** Equal environments become one; different ones with the same id are renamed. */
function uniteEnvironments(reports: readonly Report[]): { environments: Environment[]; results: CheckResult[] } {
  const environments: Environment[] = []
  const originals = new Map<Environment, Environment>()
  const results = reports.flatMap((report) => {
    const ids = new Map(
      report.environments.map((environment) => {
        const known = environments.find((other) => isDeepStrictEqual(originals.get(other), environment))
        if (known !== undefined) return [environment.id, known.id]
        const others = [...originals.values()].filter(({ id }) => id === environment.id).length
        const added = others === 0 ? environment : { ...environment, id: `${environment.id} #${others + 1}` }
        environments.push(added)
        originals.set(added, environment)
        return [environment.id, added.id]
      }),
    )
    return report.results.map((result) => ({
      ...result,
      environment: ids.get(result.environment) ?? result.environment,
    }))
  })
  return { environments, results }
}

/** The fault that decides the exit code. */
function gravest(errors: readonly HarnessError[]): HarnessError | undefined {
  const order: number[] = [exitCodes.sidetrack, exitCodes.rules, exitCodes.machine, exitCodes.input]
  return errors.toSorted((a, b) => order.indexOf(exitCodes[a.fault]) - order.indexOf(exitCodes[b.fault]))[0]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
