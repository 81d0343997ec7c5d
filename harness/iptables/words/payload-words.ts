import { bounds } from './bounds.ts'
import { type Place, wrongAt } from './place.ts'

/** A word of a rule, without its quotes, and where it stands. */
export interface Word extends Place {
  text: string
  /** The column of a part of it, by the part's index, where that is not as far from its own as in the text. */
  columnAt?: (index: number) => number
}

/**
 * Splits a line as iptables-restore does (add_param_to_argv in iptables/xshared.c): double quotes alone quote, a
 * backslash counts only between them, and the end of a quotation ends the word. One that is never closed takes the rest
 * of the line, its end among it.
 * @param from where in the line to begin.
 * @throws HarnessError (`input`) at a word or a number of words that iptables-restore has no room for.
 */
export function payloadWords(text: string, line: number, from = 0): Word[] {
  const words: Word[] = []
  let parts: string[] = []
  let [start, isOpen, size] = [-1, false, 0]
  const end = (): void => {
    words.push({ text: parts.join(''), line, column: start + 1 })
    ;[parts, start, size] = [[], -1, 0]
    if (words.length > bounds.payloadWords)
      throw wrongAt(
        words.at(-1) as Word,
        `iptables-restore has no room for more than ${bounds.payloadWords} words in a line`,
      )
  }
  const take = (part: string, at: number): void => {
    if (start < 0) start = at
    parts.push(part)
    size += Buffer.byteLength(part)
    if (size > bounds.payloadWord)
      throw wrongAt(
        { line, column: start + 1 },
        `iptables-restore has no room for a word of more than ${bounds.payloadWord} bytes`,
      )
  }
  const plain = /[^ \t\n"]+/y
  const quoted = /[^"\\]+/y
  for (let at = from; at < text.length; ) {
    const character = text[at] as string
    const run = isOpen ? quoted : plain
    run.lastIndex = at
    const found = run.exec(text)?.[0]
    if (found !== undefined) take(found, at)
    else if (character === '"') {
      if (start < 0) start = at
      if (isOpen) end()
      isOpen = !isOpen
    } else if (isOpen) {
      // A backslash, and whatever it stands before.
      take(text[at + 1] ?? '\n', at)
      at += 1
    } else if (size > 0) end()
    at += found?.length ?? 1
  }
  if (isOpen) take('\n', text.length)
  if (size > 0) end()
  return words
}

/** @returns an error that names the word's place, in one line of a length that can be read, whatever the word is. */
export const wrongWord = (at: Place, what: string, hint?: string) => wrongAt(at, inOneLine(what), hint)

/** Whatever a stranger has written, in one line that is not too long. */
export const inOneLine = (what: string): string =>
  what
    .replace(/\S{100,}/g, (long) => `${long.slice(0, 60)}…${long.slice(-3)}`)
    .replace(/[\u0000-\u001f\u007f]/g, (control) => JSON.stringify(control).slice(1, -1))
