/** Makes elements. Strangers' text only ever becomes a text node or an attribute's value, never markup. */
export const make = `
const data = JSON.parse(document.getElementById('data').textContent)

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
`
