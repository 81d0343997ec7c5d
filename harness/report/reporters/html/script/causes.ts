/**
 * Why checks went wrong, the gravest first: what they share, some of the flows, and the way to all of them in the
 * matrix.
 */
export const causes = `
const mostFlows = 10
const mostCauses = 8

function flowItem(flow, checks) {
  const links = checks.map((check) =>
    h('a', { href: linkOf(check), class: 'at ' + check.status, 'aria-label': [check.status, data.columns[check.column], flow].join(', ') }, data.columns[check.column]))
  return h('li', {}, h('span', { class: 'flow' }, flow), h('span', { class: 'became' }, reasonOf(checks[0])), h('span', { class: 'places' }, links.flatMap((link) => [link, ' '])))
}

function onlyThese(index) {
  const select = document.querySelector('#filters select[name=cause]')
  select.value = String(index)
  applyFilters()
  document.getElementById('matrix').focus()
  document.getElementById('shown').scrollIntoView()
}

function causeSection(cause, index) {
  const ids = new Set(cause.ids)
  const checks = data.checks.filter((check) => isBad(check) && ids.has(check.id))
  for (const check of checks) check.cause = String(index)
  const flows = [...Map.groupBy(checks, (check) => check.scenario + ' ' + check.flow).values()]
  const body = h('div', { class: 'cause-body' },
    h('dl', { class: 'facts' }, cause.facts.map(({ name, text, isVerbatim }) => [h('dt', {}, name), h('dd', { class: isVerbatim ? 'code' : '' }, text)])),
    cause.status === 'failed' && h('ul', { class: 'flows' }, flows.slice(0, mostFlows).map((own) => flowItem(own[0].flow, own))),
    h('p', {}, h('button', { type: 'button', onclick: () => onlyThese(index) }, checks.length === 1 ? 'Show it in the matrix' : 'Show all ' + checks.length + ' in the matrix'), ' ',
      checks[0] && copyButton('Copy the command for one of them', checks[0].rerun)))
  return h('details', { class: 'cause', open: index === 0 },
    h('summary', {}, h('span', { class: 'badge ' + cause.status }, cause.label), ' ', h('span', { class: 'count ' + cause.status }, cause.count), ' ', h('span', { class: 'why' }, cause.title)), body)
}

function showCauses() {
  const place = document.getElementById('causes')
  if (data.causes.length === 0) return
  const shown = data.causes.map(causeSection)
  const more = shown.length - mostCauses
  place.append(h('h2', {}, data.causes.length === 1 ? 'One cause' : data.causes.length + ' causes'), ...shown.slice(0, mostCauses), ...(more > 0 ? [h('p', { class: 'legend' }, 'and ' + more + ' more, which the matrix has')] : []))
  place.hidden = false
}
`
