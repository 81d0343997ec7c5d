import { formatIssue, type HarnessError } from '../../core/errors.ts'
import type { RunEvent } from '../../run/schedule/events.ts'
import type { Paint } from '../writing/paint.ts'
import { plural } from '../../core/plural.ts'
import { printable } from '../writing/printable.ts'

/**
 * The last lines of a report: counts, how long it took, what was left out, and why it ended early.
 * @param path a file as the caller would write it.
 */
export function describeSummary(
  { summary, durationMs, interrupted, error }: Extract<RunEvent, { type: 'end' }>,
  planned: number,
  paint: Paint,
  path: (file: string) => string,
): string {
  const { checks, passed, failed, skipped, errors, leftOut } = summary
  const counts = [
    plural(checks, 'check'),
    paint('green', `${passed} passed`),
    failed === 0 ? '0 failed' : paint('red', `${failed} failed`),
    ...(errors === 0 ? [] : [paint('red', plural(errors, 'error'))]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ]
  return [
    `${counts.join(', ')} in ${duration(durationMs)}`,
    ...(leftOut === 0
      ? []
      : [
          `${plural(leftOut, 'scenario')} left out: their rules are their own, for another config, or no init container's`,
        ]),
    ...(interrupted ? [paint('yellow', `interrupted after ${checks} of ${plural(planned, 'check')}`)] : []),
    ...(error === undefined
      ? []
      : error.issues.length > 0
        ? leftOutFiles(error, paint, path)
        : [paint('red', `the run ended early: ${printable(error.line)}`)]),
  ].join('\n')
}

/** What is wrong with files is told file by file. */
function leftOutFiles({ issues }: HarnessError, paint: Paint, path: (file: string) => string): string[] {
  const shown = issues
    .slice(0, mostIssues)
    .map((issue) => paint('red', `left out: ${printable(formatIssue(issue, path(issue.file)))}`))
  return issues.length > mostIssues ? [...shown, `and ${issues.length - mostIssues} more`] : shown
}

const mostIssues = 20

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
