/**
 * A lane as a list of what the picture shows from top to bottom: stations, hooks, and the rules in the chains they
 * stand in.
 */
export const nodes = `
function nodesOf(check, lane, parts) {
  const rules = (lane.matched || []).map((place, index) => ({ ...data.rules[place], deciding: (lane.deciding || []).includes(index) }))
  const list = [{ kind: 'station', label: check.sender, detail: check.flow, at: 'sender' }]
  const last = Math.max(lane.stations.length - 1, ...rules.map((rule) => rule.connection))
  for (let connection = 0; connection <= last; connection += 1) {
    const own = rules.filter((rule) => rule.connection === connection)
    if (lane.matched && own.length === 0) list.push({ kind: 'hook', label: 'no rule matched' })
    let place
    let chains = []
    for (const rule of own) {
      const here = rule.hook + ' · ' + rule.table
      if (here !== place) {
        list.push({ kind: 'hook', label: here })
        chains = []
      }
      place = here
      const known = chains.indexOf(rule.chain)
      chains = known === -1 ? [...chains, rule.chain] : chains.slice(0, known + 1)
      list.push({ kind: 'rule', depth: chains.length - 1, ...rule })
    }
    const station = lane.stations[connection]
    const ghost = parts && parts.at === connection ? parts.expected : undefined
    if (station) list.push({ kind: 'station', ...station, ghost })
    else if (ghost) list.push({ kind: 'station', label: 'nothing more', detail: '', at: 'dropped', ghost })
  }
  if (parts && parts.at > last) list.push({ kind: 'station', label: 'nothing more', detail: '', at: 'dropped', ghost: parts.expected })
  return list
}

const keyOf = (node) => [node.kind, node.label, node.detail, node.connection, node.hook, node.table, node.chain, node.rule, node.deciding].join('|')

/** @returns what two lanes begin with, and how each goes on. */
function fork(own, said, names, key = keyOf) {
  const both = Math.min(own.length, said.length)
  let at = 0
  while (at < both && key(own[at]) === key(said[at])) at += 1
  return { common: own.slice(0, at), lanes: [own, said].map((nodes, index) => ({ name: names[index], nodes: nodes.slice(at) })) }
}

/** The same of what was observed and predicted. */
function forkOf(check) {
  const { observed, predicted, parts } = check
  const own = observed && nodesOf(check, observed, parts)
  if (typeof predicted !== 'object') return { common: own || [], lanes: [] }
  const said = nodesOf(check, predicted)
  if (!own) return { common: said, lanes: [] }
  return fork(own, said, ['observed', 'predicted'])
}

function wordLists({ common, lanes }) {
  const list = (nodes) => h('ol', {}, wordsOf(nodes).map((line) => h('li', {}, line)))
  return [list(common), lanes.map(({ name, nodes }) => [h('h4', {}, name), list(nodes)])]
}

/** The same in words, for who does not see the picture. */
function wordsOf(nodes) {
  return nodes.map((node) => {
    if (node.kind === 'hook') return node.label
    if (node.kind === 'rule') return node.chain + ' rule ' + node.rule + ': ' + node.text + (node.deciding ? ' (this rule decides)' : '')
    return node.label + (node.detail ? ': ' + node.detail : '') + (node.ghost ? ' (expected here: ' + node.ghost + ')' : '')
  })
}
`
