/**
 * What is shown: by status, cause, verdict, backend, family and text. A status whose box is not ticked is not shown.
 */
export const filters = String.raw`
let shown = data.checks

/** What narrow screens show on demand only. */
function choice(name, label, values, words = values) {
  const options = [h('option', { value: '' }, 'any'), values.map((value, index) => h('option', { value }, words[index]))]
  return h('label', { class: 'choice extra' }, h('span', {}, label), h('select', { name }, options))
}

function chip([status, count]) {
  const isShown = !data.checks.some(isBad) || status === 'failed' || status === 'error'
  const input = h('input', { type: 'checkbox', name: 'status', value: status, checked: isShown })
  return h('label', { class: 'chip ' + status }, input, h('span', { 'aria-hidden': 'true' }, glyphs[status]), ' ' + counted(status, count))
}

function applyFilters() {
  const form = new FormData(document.getElementById('filters'))
  const wanted = form.getAll('status')
  const words = form.get('text').toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (name, value) => !form.get(name) || form.get(name) === value
  shown = data.checks.filter((check) => {
    if (!wanted.includes(check.status) || !fits('cause', check.cause)) return false
    if (!fits('backend', check.backend) || !fits('family', check.family) || !fits('verdict', check.verdict)) return false
    const text = [check.id, data.columns[check.column], titleOf(check), check.flow, check.short, check.instead, ...check.facts.map(([, fact]) => fact)].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const all = data.checks.length
  const folded = countsOf(data.checks).filter(([status, count]) => count > 0 && !wanted.includes(status)).map(([status, count]) => counted(status, count))
  const hidden = folded.length === 0 ? '' : '; not ticked, so not shown: ' + folded.join(', ')
  document.getElementById('shown').textContent = (shown.length === all ? all + ' checks' : shown.length + ' of ' + all + ' checks') + hidden
  showMatrix(shown)
}

function showMore({ currentTarget }) {
  const isOpen = document.getElementById('filters').classList.toggle('open')
  currentTarget.setAttribute('aria-expanded', String(isOpen))
}

function openFilters() {
  const form = document.getElementById('filters')
  const values = (name) => [...new Set(data.checks.map((check) => check[name]))].filter(Boolean).sort()
  const chips = countsOf(data.checks).filter(([, count]) => count > 0).map(chip)
  form.append(...[
    h('fieldset', {}, h('legend', {}, 'Status'), chips),
    h('label', { class: 'choice text' }, h('span', {}, 'Text'), h('input', { type: 'search', name: 'text', placeholder: 'flow, rule, address, title' })),
    h('button', { type: 'button', class: 'more', 'aria-expanded': 'false', onclick: showMore }, 'More filters'),
    data.causes.length > 0 && choice('cause', 'Cause', data.causes.map((_, index) => String(index)), data.causes.map(({ title }) => title.slice(0, 60))),
    choice('verdict', 'Verdict', values('verdict')),
    choice('backend', 'Backend', values('backend')),
    choice('family', 'Family', values('family')),
    h('button', { type: 'reset' }, 'Reset'),
  ].filter(Boolean))
  form.hidden = false
  form.addEventListener('input', applyFilters)
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('reset', () => queueMicrotask(applyFilters))
}
`
