/**
 * Draws paths: one line that winds from station to station through hooks, chains and rules, and forks where
 * two worlds part.
 */
export const picture = `
const draws = { station: drawStation, rule: drawRule, hook: drawHook }

function drawLane(nodes, x, y, width, from, kind) {
  const drawn = []
  const dots = []
  let path = from ? 'M' + from.join(' ') : ''
  let last = from
  for (const node of nodes) {
    const part = draws[node.kind](node, x, y, width)
    const [ax, ay] = part.anchor
    const bend = last && (ay - last[1]) / 2
    path += last ? 'C' + [last[0], last[1] + bend, ax, ay - bend, ax, ay].join(' ') : 'M' + ax + ' ' + ay
    last = part.anchor
    if (part.dot) dots.push(s('circle', { cx: ax, cy: ay, r: part.dot, class: part.dot > 4 ? 'dot lit' : 'dot' }))
    drawn.push(part.drawn)
    y += part.height
  }
  return { drawn: [s('path', { d: path, class: 'track ' + kind }), drawn, dots], bottom: y, last }
}

/** Two lanes side by side, or where that is too narrow the predicted one below the observed one. */
function placesOf(width) {
  const half = (width - 16) / 2
  return half >= 240 ? [{ x: 0, width: half, isBelow: false }, { x: half + 16, width: half, isBelow: false }]
    : [{ x: 18, width: width - 18, isBelow: false }, { x: 0, width, isBelow: true }]
}

/** The way from the fork to where a lane begins: over to it, or down past the other one. */
function branch([fx, fy], [x, y], isBelow) {
  if (isBelow) return 'M' + [fx, fy] + 'q-8 0 -8 8V' + (y - 8) + 'q0 8 8 8'
  return x - fx < 20 ? 'M' + [fx, fy] + 'C' + [fx, y, x, fy, x, y] : 'M' + [fx, fy] + 'H' + (x - 10) + 'q10 0 10 10V' + y
}

function drawFork(lanes, top, width, last, parting) {
  const label = write(34, top, parting, 'small', width - 34, 'astray')
  const fork = [12, top + label.height + 12]
  const trunk = s('path', { d: 'M' + last + 'C' + [last[0], fork[1] - 14, fork[0], last[1] + 30, ...fork], class: 'track' })
  const places = placesOf(width)
  let bottom = fork[1]
  const drawn = lanes.map(({ name, nodes }, index) => {
    const { x, width: own, isBelow } = places[index]
    const head = write(x + 34, (isBelow ? bottom : fork[1]) + 10, name, 'small', own - 34, 'hook')
    const start = [x + 12, (isBelow ? bottom : fork[1]) + 14 + head.height]
    const lane = drawLane(nodes, x, start[1] + 8, own, start, name)
    bottom = Math.max(bottom, lane.bottom)
    return [s('path', { d: branch(fork, start, isBelow), class: 'track ' + name }), head.drawn, lane.drawn]
  })
  return { drawn: [trunk, drawn, s('circle', { cx: fork[0], cy: fork[1], r: 5, class: 'fork' }), label.drawn], bottom }
}

/** @returns the picture of what two lanes have in common, and of how they part, drawn for this width. */
function drawPath({ common, lanes, kind }, width, { id, title, words, parting }) {
  const trunk = drawLane(common, 0, 4, width, undefined, kind)
  const fork = lanes.length > 0 ? drawFork(lanes, trunk.bottom + 4, width, trunk.last, parting) : { drawn: [], bottom: trunk.bottom }
  const height = fork.bottom + 6
  return s('svg', { width, height, viewBox: '0 0 ' + width + ' ' + height, role: 'img', 'aria-labelledby': id, 'aria-describedby': words }, s('title', { id }, title), fork.drawn, trunk.drawn)
}
`
