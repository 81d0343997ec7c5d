import type { RunEvent } from '../../run/events.ts'
import type { Paint } from '../writing/paint.ts'
import { plural } from '../writing/plural.ts'
import { printable } from '../writing/printable.ts'

/** The last lines of a report: counts, what was left out, how long it took, and why it ended early. */
export function describeSummary(
  { summary, durationMs, interrupted, error }: Extract<RunEvent, { type: 'end' }>,
  planned: number,
  paint: Paint,
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
      : [`${plural(leftOut, 'scenario')} left out: their rules are their own, for another config, or no init container's`]),
    ...(interrupted ? [paint('yellow', `interrupted after ${checks} of ${plural(planned, 'check')}`)] : []),
    ...(error === undefined ? [] : [paint('red', `the run ended early: ${printable(error.line)}`)]),
  ].join('\n')
}

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
