import { createHash } from 'node:crypto'
import { escapeHtml } from '../../../report/reporters/html/escape.ts'
import { style as pageStyle } from '../../../report/reporters/html/style.ts'
import { oneLine, printable } from '../../../report/writing/printable.ts'
import { approvalLines } from '../../approvals.ts'
import { type Group, groupChanges, type Row } from '../../groups.ts'
import { type GateReport, unapproved } from '../../outcome.ts'
import { entriesOf } from '../markdown.ts'
import type { GateReporter } from '../reporter.ts'
import { coverageLines, factsOf, headOf, rowDetails, staleLines, summaryLine } from '../words.ts'
import { pathsOf } from './paths.ts'
import { gateStyle } from './style.ts'

const style = pageStyle + gateStyle

/** How many flows of a cause have both of their paths drawn. */
const mostRows = 50

/** One file that needs no other, no script and no network: each change with both paths side by side. */
export const html: GateReporter = (report, output) => {
  output.write(gatePage(report))
}

export function gatePage(report: GateReport): string {
  const open = unapproved(report)
  const approved = report.changes.filter(({ approved }) => approved !== undefined)
  const isGood = open.length === 0 && report.errors.length === 0
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${isGood ? '✓' : '✕'} ${text(summaryLine(report))} – Sidetrack gate</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#changes">Skip to the changes</a>
<header class="top">
<p class="brand">Sidetrack gate</p>
<h1><span class="mark ${isGood ? 'passed' : 'failed'}" aria-hidden="true">${isGood ? '✓' : '✕'}</span> ${isGood ? 'Nothing has changed that nobody approved' : 'Behaviour has changed'}</h1>
<p class="lead">${text(summaryLine(report))}</p>
<dl class="subject">
<dt>Mesh</dt><dd>${text(report.mesh)}</dd>
<dt>Baseline</dt><dd><code>${text(report.sources.baseline)}</code></dd>
<dt>Candidate</dt><dd><code>${text(report.sources.candidate)}</code></dd>
</dl>
<details class="about"><summary>What was compared</summary><ul>${coverageLines(report).map(item).join('')}</ul></details>
</header>
<main id="changes">
${groupChanges(open)
  .map((group, index) => section(group, report, index === 0))
  .join('\n')}
${report.errors.length === 0 ? '' : `<section><h2>Could not be compared</h2><ul>${report.errors.map(({ subject, reason }) => item(`${subject}: ${reason}`)).join('')}</ul></section>`}
${staleLines(report).length === 0 ? '' : `<section><h2>Approvals that nothing needs any more</h2><ul>${staleLines(report).map(item).join('')}</ul></section>`}
${open.length === 0 ? '' : `<section><h2>To approve</h2><pre>${text(approvalLines(entriesOf(report)))}</pre></section>`}
${
  approved.length === 0
    ? ''
    : `<section><h2>Approved</h2>${groupChanges(approved)
        .map((group) => section(group, report, false))
        .join('\n')}</section>`
}
</main>
</body>
</html>
`
}

function section(group: Group, report: GateReport, isOpen: boolean): string {
  const rows = group.rows.slice(0, mostRows)
  const facts = factsOf(group).map(
    ({ name, text: fact }) => `<dt>${text(name)}</dt><dd><code>${text(fact)}</code></dd>`,
  )
  const left = group.rows.length - rows.length
  return `<details class="cause"${isOpen ? ' open' : ''}><summary><span class="badge failed">${text(group.effect)}</span> <span class="why">${text(oneLine(headOf(group)))}</span></summary>
<div class="cause-body">${facts.length === 0 ? '' : `<dl class="facts">${facts.join('')}</dl>`}
${rows.map((row) => rowPart(row, report)).join('\n')}${left > 0 ? `<p>… and ${left} further flows</p>` : ''}</div></details>`
}

function rowPart(row: Row, report: GateReport): string {
  const [change] = row.changes
  const { outcomes, approved } = change ?? {}
  const reason = approved === undefined ? '' : `<p class="became">approved: ${text(approved.reason)}</p>`
  const paths =
    outcomes === undefined
      ? `<div class="sides"><p>${text(row.before)}</p><p>${text(row.after)}</p></div>`
      : pathsOf(outcomes, row)
  return `<article class="change"><h3>${text(row.subject)}</h3><p class="became">${text(rowDetails(row, report))}</p>${reason}${paths}</article>`
}

export const text = (from: string): string => escapeHtml(printable(from))

const item = (line: string): string => `<li>${text(line)}</li>`
