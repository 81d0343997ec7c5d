import { kindOf } from './kinds.ts'
import { cut, type Line } from './line.ts'

/** Python's, and Go's or JavaScript's sign before a text of several lines and behind it. */
const signs = ['"""', "'''", '`'] as const
/** What may stand before a text: nothing, a name that becomes the text, or `return`. */
const beforeQuotes = /^[ \t]*(?:[A-Za-z_][\w.]*[ \t]*[=:][ \t]*|return[ \t]+)?[fru]?$/
/** A shell's `X=` has no blank before its backtick, and what stands behind it is a command that it runs. */
const beforeBacktick = /^[ \t]*(?:(?:(?:const|var|let)[ \t]+)?[A-Za-z_][\w.]*[ \t]*(?::=|[=:])[ \t]+|return[ \t]+)?$/
const behind = /^[,;)}\]]*[ \t]*$/
/** No rule is longer. */
const longest = 12_000

interface Text {
  sign: (typeof signs)[number]
  /** Where what it holds begins in its first line. */
  from: number
}

/**
 * Rules within a program's source: the signs of a text are taken from its first line and its last, where both are there
 * and rules stand between them. @param found receives the number of such lines.
 */
export function withoutTextSigns(lines: readonly Line[], found: (count: number) => void): readonly Line[] {
  const read = [...lines]
  let count = 0
  for (let first = 0; first < lines.length; first += 1) {
    const text = textFrom(lines, first)
    if (text === undefined) continue
    const last = endOf(text, lines, first)
    if (last === undefined) continue
    read[first] = cut(lines[first] as Line, text.from)
    const own = read[last] as Line
    read[last] = cut(own, 0, own.text.indexOf(text.sign))
    count += last === first ? 1 : 2
    first = last
  }
  found(count)
  return count === 0 ? lines : read
}

function textFrom(lines: readonly Line[], first: number): Text | undefined {
  const { text } = lines[first] as Line
  if (text.length > longest) return undefined
  for (const sign of signs) {
    const at = text.indexOf(sign)
    if (at < 0 || !(sign === '`' ? beforeBacktick : beforeQuotes).test(text.slice(0, at))) continue
    const from = at + sign.length
    const rest = text.slice(from)
    const start = rest.trim() === '' ? (lines[first + 1]?.text ?? '') : rest
    if (!rest.startsWith('`') && isOfRules(start.trim())) return { sign, from }
  }
  return undefined
}

/** The first line with the sign again, if nothing but brackets stands behind it there. */
function endOf({ sign, from }: Text, lines: readonly Line[], first: number): number | undefined {
  for (let index = first; index < lines.length; index += 1) {
    const { text } = lines[index] as Line
    const at = text.indexOf(sign, index === first ? from : 0)
    if (at >= 0) return text.length <= longest && behind.test(text.slice(at + sign.length)) ? index : undefined
  }
  return undefined
}

const isOfRules = (text: string): boolean => !['other', 'blank'].includes(kindOf(text))
