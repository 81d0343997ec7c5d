import { describeObserved } from '../../report/describing/describe-observed.ts'
import { htmlDocument } from '../../report/reporters/html/document.ts'
import { htmlText as text } from '../../report/reporters/html/escape.ts'
import { plural } from '../../core/plural.ts'
import type { ReproFormat } from './format.ts'
import { flowWords, foundWords, ruleWords, trafficWords } from './words.ts'

const style = `body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #d8dee4}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}.error{color:#b3261e}.warning{color:#8a5a00}.note{color:#57606a}
section{margin-top:2rem}li{margin:.6rem 0}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th,td{border-color:#30363d}
.error{color:#ff8a80}.warning{color:#e3b341}.note{color:#8b949e}}`

/** One HTML file that needs no other and no network. */
export const html: ReproFormat = (report) => {
  const { source, premises, rows, findings, families, driven, notDriven, left } = report
  const head =
    notDriven === undefined
      ? `Driven: ${plural(driven, 'flow')}.`
      : `Nothing was seen in a kernel, so this is what the model says: ${notDriven}`
  const table = rows.map((row) => {
    const cells = [trafficWords(row, families.length), row.who, row.where, row.what]
    const rule = row.rule === undefined ? '' : `<code>${text(ruleWords(row.rule))}</code>`
    return `<tr>${cells.map((cell) => `<td>${text(cell)}</td>`).join('')}<td>${rule}</td></tr>`
  })
  const found = findings.map((finding) => {
    const { kind, severity, rules, shown } = finding
    const flow =
      shown &&
      `<p>${shown.isSeen ? 'Seen' : 'Predicted'}: ${text(`${flowWords(shown.flow)}: ${describeObserved(shown.behaviour)}`)}</p>`
    const places = rules.map((rule) => `<br><code>${text(ruleWords(rule))}</code>`).join('')
    return `<li><strong class="${severity}">${severity} ${text(kind.code)}</strong>: ${text(foundWords(finding))}${places}${flow ?? ''}<p>${text(kind.remedy)}</p></li>`
  })
  return htmlDocument({
    title: source,
    style,
    body: `<h1>${text(source)}</h1><ul>${[...premises, head].map((line) => `<li>${text(line)}</li>`).join('')}</ul>
<section><h2>Behaviour</h2><table><thead><tr><th></th><th>who</th><th>where</th><th>what becomes of it</th><th>by which rule</th></tr></thead>
<tbody>${table.join('\n')}</tbody></table>${left.length === 0 ? '' : '<p>There are more kinds of flows than are told apart here.</p>'}</section>
<section><h2>Findings</h2>${findings.length === 0 ? '<p>None.</p>' : `<ul>${found.join('\n')}</ul>`}</section>`,
  })
}
