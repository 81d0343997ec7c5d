/**
 * Buttons that copy a text. Without the clipboard's interface, as in a page that is not trusted, a selection is copied.
 */
export const copy = `
function copySelection(text) {
  const area = h('textarea', { readonly: true, 'aria-hidden': 'true', class: 'copied-from' })
  area.value = text
  const host = document.querySelector('dialog[open]') || document.body
  host.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  return isCopied
}

async function copyText(text) {
  if (!navigator.clipboard) return copySelection(text)
  return navigator.clipboard.writeText(text).then(() => true, () => copySelection(text))
}

function copyButton(label, text) {
  const click = async ({ currentTarget }) => {
    const isCopied = await copyText(typeof text === 'function' ? text() : text)
    currentTarget.textContent = isCopied ? 'Copied' : 'Select it and copy by hand'
  }
  return h('button', { type: 'button', class: 'copy', onclick: click }, label)
}
`
