import { BoundedText } from '../../report/writing/bounded-text.ts'
import { block, code } from '../../report/writing/markdown.ts'
import { plural } from '../../core/plural.ts'
import { approvalLines, entriesFor, type NewEntry } from '../approvals/entries.ts'
import { type Group, groupChanges } from '../changes/groups.ts'
import { type GateReport, unapproved } from '../approvals/outcome.ts'
import type { GateReporter } from './reporter.ts'
import { coverageLines, factsOf, headOf, rowDetails, rowText, staleLines, summaryTitle, unseenLines } from './words.ts'

/** GitHub drops a step's summary if it is larger; some of it is kept free for what was left out. */
const [limit, reserve] = [1024 * 1024, 64 * 1024]
/** How many flows of one cause are shown. */
const mostRows = 20

/** For a job's page: what has changed by cause, and the lines that approve it. */
export const markdown: GateReporter = (report, output) => {
  output.write(gateMarkdown(report))
}

/** @param bytes that there is room for. */
export function gateMarkdown(report: GateReport, bytes = limit): string {
  const open = unapproved(report)
  const text = new BoundedText(bytes)
  const isGood = open.length === 0 && report.errors.length === 0
  text.add(`## Sidetrack gate: ${isGood ? '✅' : '❌'} ${summaryTitle(report)}\n\n`)
  text.add(`${code(report.sources.baseline)} → ${code(report.sources.candidate)}\n\n`)
  text.add(`${block(coverageLines(report).join('\n'))}\n\n`)
  const groups = groupChanges(open)
  const left = text.addEach(
    groups.map((group) => section(group, report, groups.length === 1)),
    reserve,
  )
  if (left > 0)
    text.add(`${left} of ${plural(groups.length, 'cause')} left out: a job summary has no room for more.\n\n`)
  for (const { subject, reason, id } of report.errors.slice(0, mostRows))
    text.add(`⚠️ not compared: ${code(`${subject}: ${reason}`)} ${code(id)}\n\n`, reserve / 2)
  const stale = staleLines(report)
  if (stale.length > 0)
    text.add(`### Approvals that nothing needs any more\n\n${block(stale.join('\n'))}\n\n`, reserve / 4)
  const unseen = unseenLines(report)
  if (unseen.length > 0) text.add(`${block(unseen.join('\n'))}\n\n`, reserve / 4)
  if (open.length > 0) {
    const entries = entriesOf(report)
    const lines = `<details${entries.length > mostRows ? '' : ' open'}><summary>${plural(entries.length, 'approval')}</summary>\n\n${block(approvalLines(entries))}\n\n</details>`
    const paste = `### To approve\n\nIf these changes are meant, append this to the approvals file, each with its reason (\`--approve\` does it):\n\n${lines}\n`
    if (!text.add(paste, 256)) text.add(`The lines that approve all of it have no room here: run with --approve.\n`)
  }
  return text.toString()
}

/** What approves everything that is not approved yet. @param reason for all of them. */
export const entriesOf = (report: GateReport, reason = 'TODO: why this change is meant'): NewEntry[] =>
  entriesFor(unapproved(report), report.backends, reason)

function section(group: Group, report: GateReport, isAlone: boolean): string {
  const rows = group.rows.slice(0, mostRows)
  const facts = factsOf(group).map(({ name, text }) => `${name.padEnd(8)} ${text}`)
  const lines = [
    ...facts,
    ...(facts.length > 0 ? [''] : []),
    ...rows.flatMap((row) => [`- ${rowText(row)}`, `  ${rowDetails(row, report)}`]),
    ...(group.rows.length > rows.length ? [`… and ${plural(group.rows.length - rows.length, 'further flow')}`] : []),
  ]
  return `<details${isAlone ? ' open' : ''}><summary>❌ ${code(headOf(group))}</summary>\n\n${block(lines.join('\n'))}\n\n</details>\n\n`
}
