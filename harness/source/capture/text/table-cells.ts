import { isTableName } from '../../../iptables/syntax/tree.ts'
import { isListingHead, kindOf } from './kinds.ts'
import { cut, type Line, replaceIn } from './line.ts'
import { trimmed } from './peel.ts'

/** The row below a table's head (GitHub Flavored Markdown, 4.10). */
const delimiter = /^[ \t>]*(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/
/** No row is longer. */
const longest = 5000

/**
 * Markdown's tables: of a row with one rule or command the cell that has it, with the table of iptables' that another
 * cell names; of a listing the row without its bars. @param found receives the number of such rows.
 */
export function withTableCells(lines: readonly Line[], found: (count: number) => void): readonly Line[] {
  let [count, isIn, isListing] = [0, false, false]
  const read = lines.map((line, index) => {
    const { text } = line
    const isRow = text.includes('|') && text.length < longest
    const next = lines[index + 1]?.text ?? ''
    if (!isRow || (!isIn && !isHead(text, next))) {
      isIn = false
      return line
    }
    if (!isIn) isListing = isListingHead(text)
    isIn = true
    const own = isListing && !delimiter.test(text) ? { ...line, text: text.replaceAll('|', ' ') } : cellOf(line)
    if (own !== undefined) count += 1
    return own ?? line
  })
  found(count)
  return count === 0 ? lines : read
}

const isHead = (text: string, next: string): boolean =>
  next.includes('|') && next.length < longest && delimiter.test(next) && barsIn(text) === barsIn(next)

/** How many columns there are, but for a bar at either end. */
const barsIn = (text: string): number =>
  text
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/).length

function cellOf(line: Line): Line | undefined {
  const cells = cellsOf(line)
  const [own, ...more] = cells.filter(
    ({ text }) => kindOf(text) === 'command' || /^(?:-t \w+ )?-[AINDPFX] \S/.test(text),
  )
  // Of several, such as one before a change and one behind it, nobody knows which is meant.
  if (own === undefined || more.length > 0) return undefined
  const tables = cells.filter(({ text }) => isTableName(text))
  return tables.length === 1 && /^-[AINDPFX]/.test(own.text) ? replaceIn(own, 0, 0, `-t ${tables[0]?.text} `) : own
}

/** The cells of a row, without what marks them as code. */
function cellsOf(line: Line): Line[] {
  let from = 0
  return line.text.split(/(?<!\\)\|/).map((cell) => {
    const own = trimmed(cut(line, from, from + cell.length))
    from += cell.length + 1
    const isCode = /^`[^`]+`$/.test(own.text)
    return isCode ? trimmed(cut(own, 1, own.text.length - 1)) : own
  })
}
