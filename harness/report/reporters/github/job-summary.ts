import { Differences } from '../../../findings/differences.ts'
import type { CheckResult } from '../../../run/checks/check.ts'
import type { RunEvent } from '../../../run/schedule/events.ts'
import { BoundedText } from '../../writing/bounded-text.ts'
import { describeCause } from '../../text/causes.ts'
import type { Cause } from '../../describing/causes.ts'
import { causeLabel, countCause, describeReason } from '../../describing/describe-cause.ts'
import { describeFindings } from '../../text/findings.ts'
import { block, code } from '../../writing/markdown.ts'
import { painter } from '../../writing/paint.ts'
import type { ReporterContext } from '../reporter.ts'
import { describeSummary } from '../../text/summary.ts'
import { plural } from '../../../core/plural.ts'
import { writeMatrix } from './verdict-matrix.ts'

/** What a job summary is made from. */
interface Summarized {
  start: Extract<RunEvent, { type: 'start' }>
  results: readonly CheckResult[]
  causes: readonly Cause[]
  end: Extract<RunEvent, { type: 'end' }>
}

/** Bytes kept free for the lines that say what was left out. */
const reserve = 1024

/**
 * Markdown for a job's page: totals, the matrix of verdicts, findings, then each cause of failures; within so many
 * UTF-8 bytes.
 * @throws Error if not even the totals have room.
 */
export function jobSummary(
  { start, results, causes, end }: Summarized,
  context: ReporterContext,
  bytes: number,
): string {
  const text = new BoundedText(bytes)
  const plain = painter(false)
  if (!text.add(`## Sidetrack: ${headline(end)}\n\n`, reserve)) throw new Error('the job summary has no room left')
  const totals = `${block(describeSummary(end, start.checks, plain, context.path))}\n\n`
  if (!text.add(totals, reserve)) text.add('Why the run ended early has no room in this summary.\n\n')
  writeMatrix(text, results, Math.max(reserve, bytes / 2))
  const differences = new Differences()
  for (const result of results) differences.add(result)
  const findings = describeFindings(differences.findings(), start.environments, plain)
  if (findings !== '' && !text.add(`### Findings\n\n${block(findings)}\n\n`, Math.max(reserve, bytes / 4))) {
    text.add('The findings have no room in this summary.\n\n')
  }
  if (causes.length === 0) return text.toString()
  text.add(`### Not as expected, by cause\n\n`)
  const leftOut = text.addEach(
    causes.map((cause) => section(cause, context, causes.length === 1)),
    reserve,
  )
  if (leftOut > 0)
    text.add(`${leftOut} of ${plural(causes.length, 'cause')} left out: a job summary has no room for more.\n`)
  return text.toString()
}

function headline({ summary, interrupted, error }: Summarized['end']): string {
  const bad = summary.failed + summary.errors
  if (error !== undefined)
    return error.issues.length > 0 ? '⚠️ files are left out, since they are wrong' : '⚠️ the run ended early'
  if (interrupted) return '⚠️ the run was interrupted'
  return bad === 0 ? `✅ ${summary.passed} passed` : `❌ ${bad} of ${plural(summary.checks, 'check')} not as expected`
}

/** One cause, unfolded where it is the only one. */
function section(cause: Cause, context: ReporterContext, isAlone: boolean): string {
  const label = causeLabel(cause) === 'FAILED' ? '❌ failed' : `⚠️ ${causeLabel(cause).toLowerCase()}`
  const head = `${label}: ${countCause(cause)}, ${code(describeReason(cause))}`
  const text = describeCause(cause, 'alone', context, painter(false)).trimEnd()
  return `<details${isAlone ? ' open' : ''}><summary>${head}</summary>\n\n${block(text)}\n\n</details>\n\n`
}
