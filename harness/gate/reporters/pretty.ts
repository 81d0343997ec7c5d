import { type Paint, painter } from '../../report/writing/paint.ts'
import type { Output } from '../../report/writing/output.ts'
import { plural } from '../../core/plural.ts'
import { printable } from '../../report/writing/printable.ts'
import { wrap } from '../../report/writing/wrap.ts'
import { type Effect, effects } from '../changes/behaviour.ts'
import { type Group, groupChanges } from '../changes/groups.ts'
import { type GateReport, unapproved } from '../approvals/outcome.ts'
import type { GateReporter } from './reporter.ts'
import { coverageLines, factsOf, headOf, rowDetails, rowText, staleLines, summaryLine, unseenLines } from './words.ts'

/** How many causes a screen has room for with their rules and a flow, and how many more by name. */
const [mostWhole, mostNamed] = [3, 6]
/** How many flows are told of one cause, where there are few causes and where there are many. */
const [mostRows, fewRows] = [3, 1]
/** How many lines of what could not be compared, and of approvals that nothing needs. */
const [mostErrors, mostStale] = [5, 5]

/** A line of the result: where it begins, and where what it runs on into does. Only what is printable is painted. */
type Line = string | { text: string; indent: number; hang: number; paint?: (text: string) => string }

/** For a terminal: what has changed by cause, the worst first, on a screen; all of it with `--verbose`. */
export const pretty: GateReporter = (report, output, { color, verbose }) => {
  const paint = painter(color)
  const open = groupChanges(unapproved(report))
  const approved = groupChanges(report.changes.filter((change) => change.approved !== undefined))
  const told = { report, verbose, paint }
  const lines: Line[] = [
    `${report.mesh}: ${report.sources.baseline} → ${report.sources.candidate}`,
    ...coverageLines(report).map((text) => ({ text, indent: 0, hang: 2 })),
    '',
    ...(verbose ? open.flatMap((group) => [...whole(group, told, group.rows.length), '']) : onAScreen(open, told)),
    ...(approved.length > 0 && verbose
      ? ['approved:', ...approved.flatMap((group) => whole(group, told, group.rows.length)), '']
      : []),
    ...errorLines(told),
    ...staleOnAScreen(told),
    {
      text: summaryLine(report),
      indent: 0,
      hang: 2,
      paint: (text) => paint(unapproved(report).length > 0 ? 'red' : 'green', text),
    },
  ]
  const columns = (output as Output & { columns?: number }).columns
  output.write(lines.map((line) => `${written(line, columns)}\n`).join(''))
}

/** Some of the approvals that nothing needs any more, how many are left, and those of which it is not known. */
function staleOnAScreen({ report, verbose }: Told): Line[] {
  const all = staleLines(report)
  const shown = verbose || all.length <= mostStale ? all : all.slice(0, mostStale)
  const left = all.length - shown.length
  return [
    ...shown.map((text) => ({ text, indent: 0, hang: 2 })),
    ...(left > 0 ? [`… and ${plural(left, 'further line')} of the kind; --verbose shows them all`] : []),
    ...unseenLines(report),
  ]
}

interface Told {
  report: GateReport
  verbose: boolean
  paint: Paint
}

/** The first causes with a flow or some, the next ones in a line each, and how many are left. */
function onAScreen(groups: readonly Group[], told: Told): Line[] {
  const isFew = groups.length < mostWhole
  const [shown, others] = [groups.slice(0, mostWhole), groups.slice(mostWhole)]
  const named = others.slice(0, mostNamed)
  const left = others.slice(mostNamed)
  return [
    ...shown.flatMap((group) => [...whole(group, told, isFew ? mostRows : fewRows), '']),
    ...named.map((group) => headLine(group, told)),
    ...(left.length > 0 ? [{ text: leftOut(left), indent: 0, hang: 2 }] : []),
    ...(others.length > 0 ? ['--verbose shows all of it', ''] : []),
  ]
}

/** `… and 40 further causes: 12 closed, 28 moved` */
function leftOut(groups: readonly Group[]): string {
  const count = (effect: Effect): number => groups.filter((group) => group.effect === effect).length
  const parts = effects.flatMap((effect) => (count(effect) > 0 ? [`${count(effect)} ${effect}`] : []))
  return `… and ${plural(groups.length, 'further cause')}: ${parts.join(', ')}`
}

const headLine = (group: Group, { paint }: Told): Line => ({
  text: headOf(group),
  indent: 0,
  hang: 2,
  paint: (text) => paint(['bold', 'red'], text),
})

/** A cause: what decides, what has changed of the text, and flows. */
function whole(group: Group, told: Told, most: number): Line[] {
  const { report, verbose } = told
  const shown = group.rows.slice(0, most)
  const left = group.rows.length - shown.length
  return [
    headLine(group, told),
    ...factsOf(group).map(({ name, text }) =>
      name === '' ? { text, indent: 11, hang: 13 } : { text: `${name.padEnd(8)} ${text}`, indent: 2, hang: 13 },
    ),
    ...shown.flatMap((row): Line[] => [
      { text: `- ${rowText(row)}`, indent: 2, hang: 4 },
      { text: rowDetails(row, report, !verbose), indent: 4, hang: 4 },
      ...(verbose ? row.changes : []).map(({ id, approved }) => ({
        text: `${id}${approved === undefined ? '' : `, approved: ${approved.reason}`}`,
        indent: 4,
        hang: 4,
      })),
    ]),
    ...(left > 0 ? [`  … and ${plural(left, 'further flow')}; --verbose shows them all`] : []),
  ]
}

function errorLines({ report: { errors }, verbose, paint }: Told): Line[] {
  const shown = verbose ? errors : errors.slice(0, mostErrors)
  return [
    ...shown.map(({ id, subject, fault, reason }) => ({
      text: `ERROR (${fault}) ${subject}: ${reason}; ${id}`,
      indent: 0,
      hang: 2,
      paint: (text: string) => text.replace(/^ERROR \(\w+\)/, (head) => paint('red', head)),
    })),
    ...(errors.length > shown.length ? [`… and ${errors.length - shown.length} more that could not be compared`] : []),
  ]
}

function written(line: Line, columns: number | undefined): string {
  if (typeof line === 'string') return printable(line)
  const { text, indent, hang, paint = (plain: string) => plain } = line
  const within = columns === undefined ? undefined : Math.max(columns - indent, 20)
  return ' '.repeat(indent) + paint(wrap(printable(text), within, hang))
}
