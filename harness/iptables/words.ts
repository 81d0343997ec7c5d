import { inputError } from '../core/errors.ts'
import { place } from './expand.ts'
import type { Place } from './tree.ts'

/** A word of a rule, without its quotes, and where it stands. */
export interface Word extends Place {
  text: string
}

/**
 * Splits a line as iptables-restore does (add_param_to_argv in iptables/xshared.c): double quotes alone quote, a backslash
 * counts only between them, and the end of a quotation ends the word.
 * @throws HarnessError (`input`) at a quotation that is never closed.
 */
export function payloadWords(text: string, line: number): Word[] {
  const words: Word[] = []
  let word: Word | undefined
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '"') {
      const quotation = /"((?:\\.|[^"\\])*)"/y
      quotation.lastIndex = at
      const [all = '', inner = ''] = quotation.exec(text) ?? []
      if (all === '') throw inputError(place(line, at + 1), 'a double quote is never closed')
      words.push({ line, column: word?.column ?? at + 1, text: (word?.text ?? '') + inner.replace(/\\(.)/g, '$1') })
      word = undefined
      at += all.length - 1
    } else if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word ??= { line, column: at + 1, text: '' }
      word.text += character
    }
  }
  return word === undefined ? words : [...words, word]
}

/** The words of a command, placed in the command as it reads with single blanks between them. */
export function commandWords(argv: readonly string[], line: number): Word[] {
  let column = 1
  return argv.map((text) => {
    const word = { text, line, column }
    column += text.length + 1
    return word
  })
}

/** A place in a line of words. */
export class WordReader {
  readonly #words: readonly Word[]
  #at: number

  constructor(words: readonly Word[], at = 0) {
    this.#words = words
    this.#at = at
  }

  get next(): Word | undefined {
    return this.#words[this.#at]
  }

  /** Goes one word further. @throws HarnessError (`input`) if the line ends here. */
  take(what: string): Word {
    const word = this.next
    if (word === undefined) {
      const last = this.#words.at(-1)
      throw inputError(place(last?.line ?? 1, (last?.column ?? 1) + (last?.text.length ?? 0)), `${what} is missing at the end`)
    }
    this.#at += 1
    return word
  }

  /** Takes every word that is left. */
  rest(): readonly Word[] {
    const left = this.#words.slice(this.#at)
    this.#at = this.#words.length
    return left
  }

  /** Takes every word up to the next option or negation. */
  takeValues(): string[] {
    const values: string[] = []
    while (this.next !== undefined && this.next.text !== '!' && !/^-./.test(this.next.text)) values.push(this.take('a value').text)
    return values
  }
}

/** @returns an error that names the word's place. */
export const wrongWord = ({ line, column }: Place, what: string, hint?: string) => inputError(place(line, column), what, hint)
