import { Differences } from '../findings/differences.ts'
import type { CheckResult } from '../run/check.ts'
import type { RunEvent } from '../run/events.ts'
import { BoundedText } from './bounded-text.ts'
import { describeDeciding, describeDecidingLater } from './deciding.ts'
import { describeWhere, type FailingPlace, failingPlaces } from './failing-places.ts'
import { describeFindings } from './findings.ts'
import { block, code } from './markdown.ts'
import { painter } from './paint.ts'
import type { ReporterContext } from './reporter.ts'
import { rerunCommand } from './rerun.ts'
import { scenarioName } from './scenario-name.ts'
import { describeSummary, plural } from './summary.ts'
import { writeMatrix } from './verdict-matrix.ts'
import { describeCheck, describeExpected, describeHop, describeObserved } from './words.ts'

/** What a job summary tells of. */
export interface Summarized {
  start: Extract<RunEvent, { type: 'start' }>
  results: readonly CheckResult[]
  end: Extract<RunEvent, { type: 'end' }>
}

/** For the lines that say what was left out. */
const reserve = 1024

/**
 * Markdown for a job's page: totals, the matrix of verdicts, findings, then each failure; within so many UTF-8 bytes.
 * @throws Error if not even the totals have room.
 */
export function jobSummary({ start, results, end }: Summarized, context: ReporterContext, bytes: number): string {
  const text = new BoundedText(bytes)
  const plain = painter(false)
  const areEnvironmentsMany = start.environments.length > 1
  if (!text.add(`## Sidetrack: ${headline(end)}\n\n`, reserve)) throw new Error('the job summary has no room left')
  const totals = `${block(describeSummary(end, start.checks, plain))}\n\n`
  if (!text.add(totals, reserve)) text.add('Why the run ended early has no room in this summary.\n\n')
  writeMatrix(text, results, Math.max(reserve, bytes / 2))
  const differences = new Differences()
  for (const result of results) differences.add(result)
  const findings = describeFindings(differences.findings(), start.environments, plain)
  if (findings !== '' && !text.add(`### Findings\n\n${block(findings)}\n\n`, Math.max(reserve, bytes / 4))) {
    text.add('The findings have no room in this summary.\n\n')
  }
  const places = failingPlaces(results)
  if (places.length === 0) return text.toString()
  text.add('### Not as expected\n\n')
  const leftOut = text.addEach(
    places.map((place) => failure(place, context, areEnvironmentsMany)),
    reserve,
  )
  if (leftOut > 0) text.add(`${leftOut} of ${plural(places.length, 'failure')} left out: a job summary has no room for more.\n`)
  return text.toString()
}

function headline({ summary, interrupted, error }: Summarized['end']): string {
  const bad = summary.failed + summary.errors
  if (error !== undefined) return '⚠️ the run ended early'
  if (interrupted) return '⚠️ the run was interrupted'
  return bad === 0 ? `✅ ${summary.passed} passed` : `❌ ${bad} of ${plural(summary.checks, 'check')} not as expected`
}

function failure({ first, results }: FailingPlace, context: ReporterContext, areEnvironmentsMany: boolean): string {
  const { check, status, fault, observed, reason, decidedBy, rules } = first
  const { file, line } = check.location
  const facts: [string, string | undefined][] = [
    ['with', describeWhere(results, areEnvironmentsMany)],
    ['expected', describeExpected(check)],
    ['observed', observed && describeObserved(observed)],
    ['reason', reason],
    ['decided by', decidedBy && describeDeciding(decidedBy)],
    ['then by', describeDecidingLater(first)],
    ['journey', observed?.journey.map((hop) => describeHop(hop)).join(' → ') || undefined],
    ['rules', rules.source],
    ['at', `${context.path(file)}:${line}`],
    ['run again', rerunCommand(check, context)],
  ]
  const lines = facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(10)}  ${text}`]))
  const label = status === 'error' ? `⚠️ error (${fault ?? 'sidetrack'})` : '❌ failed'
  const head = `${label}: ${code(scenarioName(check.scenario))}<br>${code(describeCheck(check))}`
  return `<details><summary>${head}</summary>\n\n${block(lines.join('\n'))}\n\n</details>\n\n`
}
