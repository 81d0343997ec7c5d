import { copy } from '../../../report/reporters/html/script/copy.ts'
import { make } from '../../../report/reporters/html/script/make.ts'
import { nodes } from '../../../report/reporters/html/script/nodes.ts'
import { parts } from '../../../report/reporters/html/script/parts.ts'
import { picture } from '../../../report/reporters/html/script/picture.ts'

/**
 * Draws both paths of a flow: what they have in common as one line, and from where they part on one beside the other.
 * What is folded is drawn once it is opened.
 */
const paths = `
/** The same rule, wherever in its chain it stands. */
const sameKey = (node) => [node.kind, node.label, node.detail, node.connection, node.hook, node.table, node.text, node.deciding].join('|')

function pathOf({ sender, flow, baseline, candidate }) {
  const [was, is] = [baseline, candidate].map((lane) => nodesOf({ sender, flow }, lane))
  return { ...fork(was, is, ['baseline', 'candidate'], sameKey), kind: 'common' }
}

function draw(place) {
  const index = Number(place.dataset.paths)
  const width = place.clientWidth
  const flow = data.flows[index]
  if (!flow || width === 0 || place.dataset.drawn === String(width)) return
  place.dataset.drawn = String(width)
  const id = 'picture-' + index
  const words = place.closest('article').querySelector('.words')
  words.id = 'words-' + index
  place.replaceChildren(drawPath(pathOf(flow), width, { id, title: 'Both paths of: ' + flow.flow, words: words.id, parting: 'here baseline and candidate part' }))
}

const drawAll = () => document.querySelectorAll('[data-paths]').forEach(draw)
for (const details of document.querySelectorAll('details')) details.addEventListener('toggle', drawAll)
for (const words of document.querySelectorAll('.words')) words.open = false
addEventListener('resize', drawAll)
const lines = document.getElementById('approve')
if (lines) lines.after(h('p', { class: 'copies' }, copyButton('Copy these lines', lines.textContent)))
drawAll()
`

/** The page's script: what the report draws its paths with, and how a gate uses it. */
export const gateScript = `'use strict';{\n${[make, copy, nodes, parts, picture, paths].join('')}}\n`
