import { cut, indentationOf, type Line, placeIn, replaceIn } from '../text/line.ts'
import { expandAt, type Variables } from './variables.ts'
import type { Redirection } from './syntax.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

/**
 * Finds a here-document's body: it ends at a line that is the delimiter, indented as the command is or not at all.
 * @param row where it begins. @param depth how far the command was indented.
 * @returns the line behind its end; undefined where it has none, and nothing is taken.
 */
export function takeDocument(
  redirection: Redirection,
  lines: readonly Line[],
  row: number,
  depth: number,
): number | undefined {
  const { operator, target } = redirection
  const delimiter = target.text
  const isStripped = operator === '<<-'
  for (let end = row; end < lines.length; end += 1) {
    const text = lines[end]?.text ?? ''
    const own = isStripped ? text.replace(/^\t+/, '') : text
    if (own !== delimiter && !(own.trim() === delimiter && indentationOf(own) === depth)) continue
    redirection.document = { first: row, end, isLiteral: !target.isPlain, isStripped, delimiter, depth }
    return end + 1
  }
  return undefined
}

/**
 * The lines of a here-document as the program reads them: without what `<<-` strips, or the whole is indented by;
 * expanded unless it is literal.
 */
export function documentLines(
  lines: readonly Line[],
  document: NonNullable<Redirection['document']>,
  variables: Variables,
): Line[] {
  const { first, end, isLiteral, isStripped, depth, delimiter } = document
  const isIndented = !isStripped && lines[end]?.text !== delimiter
  return lines.slice(first, end).map((line) => {
    const text = line.text
    const own = isStripped
      ? cut(line, text.length - text.replace(/^\t+/, '').length)
      : isIndented
        ? cut(line, Math.min(depth, indentationOf(text)))
        : line
    return isLiteral ? own : expanded(own, variables)
  })
}

function expanded(line: Line, variables: Variables): Line {
  let own = line
  for (let at = own.text.search(/[$`\\]/); at >= 0; ) {
    const character = own.text[at]
    if (character === '\\') {
      if ('\\$`'.includes(own.text[at + 1] ?? ' ')) own = replaceIn(own, at, at + 1, '')
      at = nextOf(own.text, at + 1)
      continue
    }
    const { length, value, needs } = expandAt(own.text, at, variables)
    if (needs !== undefined) {
      throw wrongAt(placeIn(own, at + 1), needs.what, needs.hint)
    }
    own = replaceIn(own, at, at + length, value)
    at = nextOf(own.text, at + value.length)
  }
  return own
}

function nextOf(text: string, from: number): number {
  const at = text.slice(from).search(/[$`\\]/)
  return at < 0 ? -1 : from + at
}
