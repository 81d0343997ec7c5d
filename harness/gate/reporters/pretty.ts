import { painter } from '../../report/writing/paint.ts'
import type { Output } from '../../report/writing/output.ts'
import { printable } from '../../report/writing/printable.ts'
import { wrap } from '../../report/writing/wrap.ts'
import { type Group, groupChanges } from '../groups.ts'
import { unapproved } from '../outcome.ts'
import type { GateReporter } from './reporter.ts'
import { coverageLines, factsOf, headOf, rowDetails, rowText, staleLines, summaryLine } from './words.ts'

/** How many causes a screen has room for, and how many flows of each. */
const [mostGroups, mostRows] = [6, 3]

/** For a terminal: what has changed by cause, the worst first, on a screen; all of it with `--verbose`. */
export const pretty: GateReporter = (report, output, { color, verbose }) => {
  const paint = painter(color)
  const open = groupChanges(unapproved(report))
  const approved = groupChanges(report.changes.filter((change) => change.approved !== undefined))
  const shown = verbose ? open : open.slice(0, mostGroups)
  const left = open.slice(shown.length)
  const lines = [
    `${report.mesh}: ${report.sources.baseline} → ${report.sources.candidate}`,
    ...coverageLines(report).map((line) => wrap(line, columnsOf(output), 2)),
    '',
    ...shown.flatMap((group) => [...groupLines(group, verbose, paint), '']),
    ...(left.length > 0
      ? [`… and ${count(left)} further changes of ${left.length} causes; --verbose shows them all`, '']
      : []),
    ...(approved.length > 0 && verbose
      ? ['approved:', ...approved.flatMap((group) => groupLines(group, true, paint)), '']
      : []),
    ...report.errors.map(
      ({ id, subject, fault, reason }) => `${paint('red', `ERROR (${fault})`)} ${subject}: ${reason}; ${id}`,
    ),
    ...staleLines(report),
    paint(unapproved(report).length > 0 ? 'red' : 'green', summaryLine(report)),
  ]
  output.write(lines.map((line) => `${printable(line)}\n`).join(''))
}

const count = (groups: readonly Group[]): number => groups.reduce((sum, { changes }) => sum + changes.length, 0)

const columnsOf = (output: Output): number | undefined => (output as { columns?: number }).columns

function groupLines(group: Group, verbose: boolean, paint: ReturnType<typeof painter>): string[] {
  const { rows } = group
  const shown = verbose ? rows : rows.slice(0, mostRows)
  const facts = factsOf(group).map(({ name, text }) => `  ${name.padEnd(8)} ${text}`)
  return [
    paint(['bold', 'red'], headOf(group)),
    ...facts,
    ...shown.flatMap((row) => [
      `  - ${rowText(row)}`,
      `    ${rowDetails(row)}`,
      ...(verbose
        ? row.changes.map(
            ({ id, approved }) => `    ${id}${approved === undefined ? '' : `, approved: ${approved.reason}`}`,
          )
        : []),
    ]),
    ...(rows.length > shown.length
      ? [`  … and ${rows.length - shown.length} further flows; --verbose shows them all`]
      : []),
  ]
}
