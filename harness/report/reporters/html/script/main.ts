export const main = `
function follow() {
  const link = decodeURIComponent(location.hash.slice(1))
  const check = data.checks.find((candidate) => candidate.link === link)
  const dialog = document.getElementById('view')
  if (check) showCheck(check)
  else if (dialog.open) dialog.close()
}

document.getElementById('view').addEventListener('close', () => {
  history.replaceState(null, '', location.pathname + location.search)
  const link = current && [...document.querySelectorAll('a.verdict')].find((candidate) => candidate.getAttribute('href') === linkOf(current))
  current = undefined
  if (link) link.focus()
})
document.getElementById('view').addEventListener('click', ({ target, currentTarget }) => target === currentTarget && currentTarget.close())
document.getElementById('view').addEventListener('keydown', ({ key, target, altKey, ctrlKey, metaKey }) => {
  if (altKey || ctrlKey || metaKey || target.tagName === 'PRE') return
  if (key === 'ArrowLeft') stepTo(-1)
  if (key === 'ArrowRight') stepTo(1)
})
addEventListener('hashchange', follow)
addEventListener('resize', redraw)
showCauses()
openFilters()
applyFilters()
follow()
`
