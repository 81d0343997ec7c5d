/** Makes elements. Strangers' text only ever becomes a text node or an attribute's value, never markup. */
export const elements = `
const data = JSON.parse(document.getElementById('data').textContent)
const glyphs = { passed: '✓', failed: '✕', error: '!', skipped: '–' }
const statuses = Object.keys(glyphs)

function make(namespace, name, attributes, children) {
  const element = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children.flat(9).filter((child) => child !== undefined && child !== false))
  return element
}
const h = (name, attributes, ...children) => make('http://www.w3.org/1999/xhtml', name, attributes, children)
const s = (name, attributes, ...children) => make('http://www.w3.org/2000/svg', name, attributes, children)
const fileOf = (check) => data.scenarios[check.scenario].file
const titleOf = (check) => data.scenarios[check.scenario].title
const isBad = (check) => check.status === 'failed' || check.status === 'error'
const countsOf = (checks) => statuses.map((status) => [status, checks.filter((check) => check.status === status).length])
const counted = (status, count) => count + ' ' + status + (status === 'error' && count !== 1 ? 's' : '')
const reasonOf = (check) => (check.facts.find(([name]) => name === 'reason') || [])[1]
`
