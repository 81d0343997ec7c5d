import { htmlDocument } from '../../../report/reporters/html/document.ts'
import { htmlText as text } from '../../../report/reporters/html/escape.ts'
import { style as pageStyle } from '../../../report/reporters/html/style.ts'
import { plural } from '../../../core/plural.ts'
import { oneLine } from '../../../report/writing/printable.ts'
import { approvalLines } from '../../approvals/entries.ts'
import { type Effect, effects } from '../../changes/behaviour.ts'
import type { Cause } from '../../changes/change.ts'
import { type Group, groupChanges, type Row } from '../../changes/groups.ts'
import { type GateReport, unapproved } from '../../approvals/outcome.ts'
import { entriesOf } from '../markdown.ts'
import type { GateReporter } from '../reporter.ts'
import {
  countOf,
  coverageLines,
  decidingFacts,
  rowDetails,
  staleLines,
  summaryLine,
  titleOf,
  unseenLines,
} from '../words.ts'
import { Paths } from './paths.ts'
import { gateScript } from './script.ts'
import { gateStyle } from './style.ts'

/** How many flows of a cause have both of their paths drawn, and how many approvals are written out. */
const [mostRows, mostApprovals] = [20, 500]

/** One file that needs no other and no network: each change with both paths side by side. */
export const html: GateReporter = (report, output) => {
  output.write(gatePage(report))
}

export function gatePage(report: GateReport): string {
  const open = groupChanges(unapproved(report))
  const approved = groupChanges(report.changes.filter((change) => change.approved !== undefined))
  const isGood = open.length === 0 && report.errors.length === 0
  const mark = isGood ? '✓' : '✕'
  const paths = new Paths()
  const sections = [
    ...(open.length === 0 ? [] : [`<h2>${plural(open.length, 'cause')}</h2>`]),
    ...open.map((group, index) => section(group, report, paths, index === 0)),
    listOf(
      'Could not be compared',
      report.errors.map(({ subject, reason }) => `${subject}: ${reason}`),
    ),
    listOf('Approvals that nothing needs any more', staleLines(report)),
    listOf('Approvals that may still be needed', unseenLines(report)),
    ...(open.length === 0 ? [] : [toApprove(report)]),
    ...(approved.length === 0 ? [] : ['<h2>Approved</h2>']),
    ...approved.map((group) => section(group, report, paths, false)),
  ]
  return htmlDocument({
    title: `${mark} ${summaryLine(report)} – Sidetrack gate`,
    style: pageStyle + gateStyle,
    script: { data: paths.data, text: gateScript },
    body: `<a class="skip" href="#changes">Skip to the changes</a>
<header class="top">
<p class="brand">Sidetrack gate</p>
<h1><span class="mark ${isGood ? 'passed' : 'failed'}" aria-hidden="true">${mark}</span> ${headline(report, isGood)}</h1>
<p class="lead">${text(summaryLine(report))}</p>
${tally(open)}
<dl class="subject">
<dt>Mesh</dt><dd>${text(report.mesh)}</dd>
<dt>Baseline</dt><dd><code>${text(report.sources.baseline)}</code></dd>
<dt>Candidate</dt><dd><code>${text(report.sources.candidate)}</code></dd>
</dl>
<details class="about"><summary>What was compared</summary><ul>${coverageLines(report).map(item).join('')}</ul></details>
</header>
<main id="changes">
${sections.join('\n')}
</main>`,
  })
}

function headline(report: GateReport, isGood: boolean): string {
  if (unapproved(report).length > 0) return 'Behaviour has changed'
  if (!isGood) return 'Some flows could not be compared'
  return report.changes.length > 0 ? 'Nothing has changed that nobody approved' : 'Behaviour is as it was'
}

/** How many flows have changed, by what that does to them. */
function tally(groups: readonly Group[]): string {
  const parts = effects.flatMap((effect) => {
    const own = groups.filter((group) => group.effect === effect)
    const count = own.reduce((sum, { rows }) => sum + rows.length, 0)
    return count === 0 ? [] : [`<li class="badge ${colorOf(effect)}">${count} ${effect}</li>`]
  })
  return parts.length === 0
    ? ''
    : `<ul class="tally-effects" aria-label="Flows by what becomes of them">${parts.join('')}</ul>`
}

/** The report's colours of a status. */
const colorOf = (effect: Effect): string => (effect === 'moved' ? 'error' : 'failed')

function section(group: Group, report: GateReport, paths: Paths, isOpen: boolean): string {
  const rows = group.rows.slice(0, mostRows)
  const facts = decidingFacts(group).map(
    ({ name, text: fact }) => `<dt>${text(name)}</dt><dd><code>${text(fact)}</code></dd>`,
  )
  const left = group.rows.length - rows.length
  return `<details class="cause"${isOpen ? ' open' : ''}><summary><span class="badge ${colorOf(group.effect)}">${text(group.effect)}</span> <span class="size">${text(countOf(group))}</span> <span class="why">${text(oneLine(titleOf(group)))}</span></summary>
<div class="cause-body">${diffOf(group.cause)}${facts.length === 0 ? '' : `<dl class="facts">${facts.join('')}</dl>`}
${rows.map((row) => rowPart(row, report, paths)).join('\n')}${left > 0 ? `<p>… and ${plural(left, 'further flow')}: the JSON report has all of them</p>` : ''}</div></details>`
}

/** The text change, each line with its number in its side's text. */
function diffOf({ text: { lines, notes } }: Cause): string {
  if (lines.length + notes.length === 0) return ''
  const rows = lines.map(({ side, table, text: rule, line }) => {
    const isGone = side === 'baseline'
    const sign = `<span class="sign">${isGone ? '−' : '+'}</span>`
    return `<div class="${isGone ? 'gone' : 'come'}"><span class="number">${line ?? ''}</span>${sign}<code>${text(`${table} ${rule}`)}</code></div>`
  })
  const heads = notes.map((note) => `<div class="head">${text(note)}</div>`)
  return `<div class="diff" role="group" aria-label="What of the text has changed, with line numbers">${[...rows, ...heads].join('')}</div>`
}

function rowPart(row: Row, report: GateReport, paths: Paths): string {
  const [change] = row.changes
  const reason = change?.approved === undefined ? '' : `<p class="became">approved: ${text(change.approved.reason)}</p>`
  const both =
    change?.outcomes === undefined
      ? `<dl class="says"><div><dt>baseline</dt><dd>${text(row.before)}</dd></div><div><dt>candidate</dt><dd>${text(row.after)}</dd></div></dl>`
      : paths.add(change.outcomes, change)
  return `<article class="change"><h3>${text(row.subject)}</h3><p class="became">${text(rowDetails(row, report))}</p>${reason}${both}</article>`
}

function toApprove(report: GateReport): string {
  const entries = entriesOf(report)
  if (entries.length > mostApprovals)
    return `<section><h2>To approve</h2><p>${entries.length} entries are too many to read here: --approve adds them to a file.</p></section>`
  return `<section><h2>To approve</h2><p class="legend">If these changes are meant, append this to the approvals file, each with its reason.</p><pre id="approve" tabindex="0" aria-label="Approvals">${text(approvalLines(entries))}</pre></section>`
}

function listOf(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<section><h2>${title}</h2><ul>${lines.map(item).join('')}</ul></section>`
}

const item = (line: string): string => `<li>${text(line)}</li>`
