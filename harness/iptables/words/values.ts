import { wholeNumber } from './c-numbers.ts'
import { type Word, wrongWord } from './payload-words.ts'

/** @throws HarnessError (`input`) unless the word is a number in this range. */
export function readNumber(word: Word, what: string, last: number, first = 0): number {
  const number = wholeNumber(word.text, last, first)
  if (number === undefined)
    throw wrongWord(word, `'${word.text}' is no ${what}; it is a number from ${first} to ${last}`)
  return Number(number)
}

/** A part of a word, in its own place. */
export function part({ line, column, columnAt, text: whole }: Word, text: string): Word {
  const index = Math.max(0, whole.indexOf(text))
  if (columnAt === undefined) return { text, line, column: column + index }
  return { text, line, column: columnAt(index), columnAt: (inner) => columnAt(index + inner) }
}

/** Each entry is the beginning of a name, of the first one in this order that begins so (strncasecmp(3)). */
export function readBeginnings<Name extends string>(word: Word, names: readonly Name[], what: string): Name[] {
  return word.text.split(',').map((entry) => {
    const found = entry === '' ? undefined : names.find((name) => name.startsWith(entry.toUpperCase()))
    if (found === undefined)
      throw wrongWord(part(word, entry), `'${entry}' is no ${what}; they are ${names.join(', ')}`)
    return found
  })
}

/** `VALUE` or `VALUE/MASK`. */
export function readMark(word: Word): { value: number; mask: number } {
  const [value = '', mask = '0xffffffff', ...rest] = word.text.split('/')
  if (rest.length > 0) throw wrongWord(word, `'${word.text}' is no mark; write VALUE or VALUE/MASK`)
  return {
    value: readNumber(part(word, value), 'mark', 0xffffffff),
    mask: readNumber(part(word, mask), 'mask', 0xffffffff),
  }
}
