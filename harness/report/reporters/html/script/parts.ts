/** The parts of a picture: stations, rules and hooks, each drawn from a place down. */
export const parts = String.raw`
const ruler = document.createElement('canvas').getContext('2d')
const fonts = {
  label: ['600 15px system-ui, sans-serif', 20],
  small: ['600 12px system-ui, sans-serif', 17],
  mono: ['12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace', 17],
}

function wrap(text, font, width) {
  ruler.font = fonts[font][0]
  const fits = (line) => ruler.measureText(line).width <= width
  const lines = []
  let line = ''
  for (const word of text.split(/(?<=[\s,/])/)) {
    if (fits((line + word).trimEnd())) line += word
    else {
      if (line) lines.push(line)
      line = ''
      for (const character of word) {
        if (line && !fits(line + character)) {
          lines.push(line)
          line = ''
        }
        line += character
      }
    }
  }
  return [...lines, line]
}

/** Lines of text from y down. */
function write(x, y, text, font, width, kind) {
  const lines = wrap(text, font, width)
  const height = fonts[font][1]
  const drawn = lines.map((line, index) => s('text', { x, y: y + index * height + height - 5, class: font + ' ' + kind }, line))
  return { drawn, height: lines.length * height }
}

function drawStation(node, x, y, width) {
  const bad = ['refused', 'dropped', 'looped', 'self'].includes(node.at)
  const isBeside = width >= 300
  const textWidth = node.ghost && isBeside ? (width - 34) / 2 - 8 : width - 34
  const label = write(x + 34, y + 6, node.label, 'label', textWidth, 'ink')
  const detail = node.detail ? write(x + 34, y + 7 + label.height, node.detail, 'mono', textWidth, 'muted') : { drawn: [], height: 0 }
  const middle = y + 17
  const drawn = [
    s('circle', { cx: x + 12, cy: middle, r: 9, class: 'stop ' + (bad ? 'bad' : node.isListener ? 'listener' : 'end') }),
    bad && s('path', { d: 'M' + (x + 8) + ' ' + (middle - 4) + 'l8 8m0-8l-8 8', class: 'cross' }),
    label.drawn,
    detail.drawn,
  ]
  let height = 14 + label.height + detail.height
  if (node.ghost) {
    const [left, top] = isBeside ? [x + 34 + textWidth + 14, y + 2] : [x + 34, y + height]
    const head = write(left + 12, top + 7, '✕ expected here', 'small', textWidth - 22, 'astray')
    const body = write(left + 12, top + 8 + head.height, node.ghost, 'label', textWidth - 22, 'ink')
    const tall = head.height + body.height + 16
    drawn.unshift(s('rect', { x: left, y: top, width: textWidth - 4, height: tall, rx: 8, class: 'ghost' }))
    drawn.push(head.drawn, body.drawn)
    height = Math.max(height, top - y + tall + 6)
  }
  return { drawn, height: height + 8, anchor: [x + 12, middle] }
}

function drawRule(node, x, y, width) {
  const left = x + 34 + Math.min(node.depth, width < 330 ? 2 : 4) * (width < 330 ? 8 : 22)
  const inner = x + width - left - 26
  const flag = node.deciding ? write(left + 16, y + 7, '◆ decides', 'small', inner, 'lit-ink') : { drawn: [], height: 0 }
  const head = write(left + 16, y + 7 + flag.height, node.chain + ' · rule ' + node.rule + (node.target ? ' → ' + node.target : ''), 'small', inner, 'ink')
  const body = write(left + 16, y + 9 + flag.height + head.height, node.text, 'mono', inner, 'muted')
  const height = flag.height + head.height + body.height + 18
  const drawn = [s('rect', { x: left, y, width: x + width - left - 2, height, rx: 8, class: node.deciding ? 'rule lit' : 'rule' }), flag.drawn, head.drawn, body.drawn]
  return { drawn, height: height + 10, anchor: [left, y + 16], dot: node.deciding ? 7 : 4 }
}

function drawHook(node, x, y, width) {
  const label = write(x + 34, y, node.label, 'small', width - 34, 'hook')
  return { drawn: [s('path', { d: 'M' + (x + 6) + ' ' + (y + 9) + 'h12', class: 'tick' }), label.drawn], height: label.height + 8, anchor: [x + 12, y + 9] }
}
`
