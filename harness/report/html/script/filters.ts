/** What is shown: by status, verdict, backend, family and text. */
export const filters = String.raw`
let shown = data.checks

/** What narrow screens show on demand only. */
function choice(name, label, values) {
  const options = [h('option', { value: '' }, 'any'), values.map((value) => h('option', { value }, value))]
  return h('label', { class: 'choice extra' }, h('span', {}, label), h('select', { name }, options))
}

function chip([status, count]) {
  const input = h('input', { type: 'checkbox', name: 'status', value: status })
  return h('label', { class: 'chip ' + status }, input, h('span', { 'aria-hidden': 'true' }, glyphs[status]), ' ' + counted(status, count))
}

function applyFilters() {
  const form = new FormData(document.getElementById('filters'))
  const wanted = form.getAll('status')
  const words = form.get('text').toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (name, value) => !form.get(name) || form.get(name) === value
  shown = data.checks.filter((check) => {
    if (wanted.length > 0 && !wanted.includes(check.status)) return false
    if (!fits('backend', check.backend) || !fits('family', check.family) || !fits('verdict', check.verdict)) return false
    const text = [check.id, data.columns[check.column], titleOf(check), check.flow, check.short, check.instead, ...check.facts.map(([, fact]) => fact)].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const all = data.checks.length
  document.getElementById('shown').textContent = shown.length === all ? all + ' checks' : shown.length + ' of ' + all + ' checks'
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
  form.append(
    h('fieldset', {}, h('legend', {}, 'Status'), chips),
    h('label', { class: 'choice text' }, h('span', {}, 'Text'), h('input', { type: 'search', name: 'text', placeholder: 'flow, rule, address, title' })),
    h('button', { type: 'button', class: 'more', 'aria-expanded': 'false', onclick: showMore }, 'More filters'),
    choice('verdict', 'Verdict', values('verdict')),
    choice('backend', 'Backend', values('backend')),
    choice('family', 'Family', values('family')),
    h('button', { type: 'reset' }, 'Clear'),
  )
  form.hidden = false
  form.addEventListener('input', applyFilters)
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('reset', () => queueMicrotask(applyFilters))
}
`
