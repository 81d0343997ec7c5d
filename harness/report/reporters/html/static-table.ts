import type { PageCheck, PageData } from './data.ts'
import { escapeHtml, htmlText } from './escape.ts'

/** A table of files by backend and family for readers without scripts; the script replaces it with the matrix. */
export function staticTable({ checks, columns, scenarios }: PageData): string {
  const files = Map.groupBy(checks, ({ scenario }) => scenarios[scenario]?.file ?? '')
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('')
  const rows = [...files].map(([file, own]) => {
    const cells = columns.map((_, column) => `<td>${counts(own.filter((check) => check.column === column))}</td>`)
    return `<tr><th scope="row">${htmlText(file)}</th>${cells.join('')}</tr>`
  })
  return `<table class="static"><caption>Checks passed, by file</caption><thead><tr><th scope="col">File</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function counts(checks: readonly PageCheck[]): string {
  if (checks.length === 0) return '–'
  const count = (status: PageCheck['status']) => checks.filter((check) => check.status === status).length
  const rest = (['failed', 'error', 'skipped'] as const).flatMap((status) =>
    count(status) === 0 ? [] : [`${count(status)} ${status}${status === 'error' && count(status) > 1 ? 's' : ''}`],
  )
  return [`${count('passed')} of ${checks.length}`, ...rest].join(', ')
}
