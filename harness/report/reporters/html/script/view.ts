import { type FactName, rerunName } from '../../../describing/failure-facts.ts'

/** What the picture shows already, or leads elsewhere. */
const behindThePath: readonly FactName[] = [
  'decided by',
  'then by',
  'promised by',
  'differs',
  'rules',
  'at',
  'evidence',
]

const heading = rerunName.replace(/^./, (letter) => letter.toUpperCase())

/** One check: what was expected, predicted and seen, and its path. Its address is the page's `#` and the check's id. */
export const view = String.raw`
let current

function stepTo(offset) {
  const list = shown.includes(current) ? shown : data.checks
  const next = list[list.indexOf(current) + offset]
  if (next) location.replace(linkOf(next))
}

function pathSection(check) {
  const { common, lanes } = forkOf(check)
  if (common.length === 0) return []
  const legend = !check.observed ? 'Predicted; nothing was observed'
    : check.predicted === 'same' ? 'Observed, and just so predicted'
    : typeof check.predicted === 'string' ? 'Observed; the model cannot tell: ' + check.predicted
    : lanes.length > 0 ? 'Observed beside predicted' : 'Observed'
  const words = h('div', { id: 'words' }, wordLists({ common, lanes }))
  return [h('h3', {}, 'Path'), h('p', { class: 'legend' }, legend), h('div', { class: 'picture', id: 'picture' }), h('details', { class: 'words' }, h('summary', {}, 'The path in words'), words)]
}

/** What the picture shows already, or leads elsewhere. */
const behindThePath = [${behindThePath.map((name) => `'${name}'`).join(', ')}]

function factList(facts) {
  return h('dl', { class: 'facts' }, facts.map(([name, text]) => [h('dt', {}, name), h('dd', { class: name.endsWith(' by') ? 'code' : '' }, text)]))
}

function block(title, text) {
  return h('details', {}, h('summary', {}, title), h('pre', { tabindex: '0', 'aria-label': title }, text))
}

/** The rule that decided, as iptables-save prints it. */
function decidingText(check) {
  const lane = check.observed || (typeof check.predicted === 'object' ? check.predicted : undefined)
  const at = lane && lane.deciding && lane.deciding[lane.deciding.length - 1]
  return at === undefined ? undefined : data.rules[lane.matched[at]].text
}

/** The rules that it missed by one condition: one that should match and does not shows in no path. */
function changesSection(check) {
  if (!check.changes) return []
  const { shown, more } = check.changes
  return [h('h3', {}, 'What would change it'),
    shown.length > 0 && h('dl', { class: 'changes' }, shown.map(({ rule, text }) => [h('dt', { class: 'code' }, rule), h('dd', {}, text)])),
    more.map((text) => h('p', { class: 'legend' }, text))]
}

function showCheck(check) {
  current = check
  const position = shown.indexOf(check)
  const dialog = document.getElementById('view')
  const button = (label, text, offset) => h('button', { type: 'button', 'aria-label': label, onclick: () => stepTo(offset) }, text)
  dialog.replaceChildren(
    h('div', { class: 'bar-top' },
      button('Previous check', '←', -1), button('Next check', '→', 1),
      h('span', { class: 'position' }, position === -1 ? '' : position + 1 + ' of ' + shown.length),
      h('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕')),
    h('div', { class: 'sheet' },
      h('p', { class: 'badge ' + check.status }, h('span', { 'aria-hidden': 'true' }, glyphs[check.status]), ' ' + check.status),
      h('p', { class: 'where' }, fileOf(check) + ' · ' + data.columns[check.column]),
      h('h2', { id: 'view-title', tabindex: '-1' }, check.flow),
      h('p', { class: 'scenario' }, titleOf(check)),
      factList(check.facts.filter(([name]) => !behindThePath.includes(name))),
      pathSection(check),
      factList(check.facts.filter(([name]) => behindThePath.includes(name))),
      changesSection(check),
      h('h3', {}, '${heading}'), h('pre', { tabindex: '0', 'aria-label': 'Command' }, check.rerun),
      h('p', { class: 'copies' }, copyButton('Copy the command', check.rerun), decidingText(check) && copyButton('Copy the deciding rule', decidingText(check)), copyButton('Copy the link', () => location.href)),
      check.evidence !== undefined && block("The pod's rules (iptables-save -c)", data.evidence[check.evidence]),
      check.conntrack && check.conntrack.length > 0 && block('Connection tracking', check.conntrack.join('\n'))),
  )
  if (!dialog.open) dialog.showModal()
  dialog.scrollTop = 0
  document.getElementById('view-title').focus({ preventScroll: true })
  redraw()
}

/** @returns the picture of a check's path, drawn for this width. */
function drawCheck(check, width) {
  const path = { ...forkOf(check), kind: check.observed ? 'observed' : 'predicted' }
  return drawPath(path, width, { id: 'picture-title', title: 'The path of: ' + check.flow, words: 'words', parting: 'here prediction and observation part' })
}

function redraw() {
  const place = document.getElementById('picture')
  if (place && current) place.replaceChildren(drawCheck(current, place.clientWidth))
}
`
