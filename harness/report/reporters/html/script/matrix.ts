/** Files, their scenarios, and each flow's verdicts by backend and family. A file's rows are made when it is opened. */
export const matrix = `
const linkOf = (check) => '#' + encodeURIComponent(check.link)

function cell(checks, column) {
  const label = h('span', { class: 'column', 'aria-hidden': 'true' }, data.columns[column])
  if (checks.length === 0) return h('td', { role: 'cell' }, label, h('span', { class: 'none' }, '·'))
  const links = checks.map((check) =>
    h('a', { href: linkOf(check), class: 'verdict ' + check.status, 'aria-label': [check.status, check.short, check.instead, data.columns[column], check.flow].filter(Boolean).join(', ') },
      h('span', { class: 'glyph', 'aria-hidden': 'true' }, glyphs[check.status]), ' ', check.short, check.instead && [' ', h('span', { class: 'instead' }, check.instead)]),
  )
  return h('td', { role: 'cell' }, label, links)
}

function table(title, checks) {
  const flows = Map.groupBy(checks, (check) => check.flow)
  const columns = [...data.columns.keys()].filter((column) => checks.some((check) => check.column === column))
  const rows = [...flows].map(([flow, own]) =>
    h('tr', { role: 'row' }, h('th', { role: 'rowheader', scope: 'row' }, flow), columns.map((column) => cell(own.filter((check) => check.column === column), column))),
  )
  const head = h('tr', { role: 'row' }, h('th', { role: 'columnheader', scope: 'col' }, 'Flow'), columns.map((column) => h('th', { role: 'columnheader', scope: 'col' }, data.columns[column])))
  const caption = h('caption', {}, title, sharedReason(checks))
  const element = h('table', { role: 'table' }, caption, h('thead', { role: 'rowgroup' }, head), h('tbody', { role: 'rowgroup' }, rows))
  element.style.setProperty('--columns', columns.length)
  return columns.length < 5 ? element : h('div', { class: 'wide', role: 'region', tabindex: '0', 'aria-label': title }, element)
}

/** Where nothing of a scenario could be run for one reason, it is said once. */
function sharedReason(checks) {
  const reasons = new Set(checks.map((check) => check.status === 'error' ? reasonOf(check) : undefined))
  const [reason] = reasons
  return reasons.size === 1 && reason && h('span', { class: 'shared' }, reason)
}

/** How often which verdict; what has none is counted beside. */
function tally(checks) {
  const verdicts = [...Map.groupBy(checks.filter((check) => check.verdict), (check) => check.short)].sort(([, a], [, b]) => b.length - a.length)
  return verdicts.map(([short, own]) => own.length + ' ' + short).join(' · ')
}

function bar(counts, total) {
  let x = 0
  const parts = counts.filter(([, count]) => count > 0).map(([status, count]) => {
    const width = (100 * count) / total
    const part = s('rect', { x, y: 0, width: Math.max(width - 0.7, 0.7), height: 8, rx: 1, class: status })
    x += width
    return part
  })
  return s('svg', { class: 'bar', viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, parts)
}

function section(file, checks, isOpen) {
  const counts = countsOf(checks)
  const words = counts.filter(([, count]) => count > 0).map(([status, count]) => h('span', { class: 'count ' + status }, h('span', { 'aria-hidden': 'true' }, glyphs[status]), ' ' + counted(status, count)))
  const body = h('div', { class: 'rows' })
  const element = h('details', { class: 'file', open: isOpen }, h('summary', {}, h('span', { class: 'name' }, file, h('span', { class: 'tally' }, tally(checks))), bar(counts, checks.length), h('span', { class: 'counts' }, words)), body)
  const fill = () => {
    if (element.open && body.childElementCount === 0)
      body.append(...[...Map.groupBy(checks, (check) => check.scenario).values()].map((own) => table(titleOf(own[0]), own)))
  }
  element.addEventListener('toggle', fill)
  fill()
  return element
}

function showMatrix(checks) {
  const files = [...Map.groupBy(checks, fileOf)]
  // Where causes lead to their checks, the matrix is for looking things up.
  const isFew = checks.length <= (data.causes.length > 0 ? 20 : 60)
  const sections = files.map(([file, own]) => section(file, own, isFew))
  document.getElementById('matrix').replaceChildren(...sections)
}
`
