import { expandAt, type Variables } from '../words/expand.ts'
import { type Place, wrongAt } from '../words/place.ts'

/** What ends a command. */
type Separator = '&&' | ';' | 'newline'

/** A word as the shell would hand it to a program, or what stands between two commands. */
export type Token = (Place & { kind: 'word'; text: string }) | (Place & { kind: 'separator'; text: Separator })

/**
 * Splits text into words and separators by the shell's rules for single and double quotes, backslashes, line
 * continuations and comments; nothing is run, no pattern is expanded.
 * @param variables what `$POD_IP` stands for; without them every `$` outside single quotes is refused.
 * @throws HarnessError (`input`) with line and column at an open quote, at `$` or a backtick, and at pipes,
 * redirections and whatever else only a shell could do.
 */
export function shellTokens(text: string, variables?: Variables): Token[] {
  return new Tokenizer(text, variables).read()
}

/**
 * What means nothing to the shell: between double quotes, and outside of quotes (a `#` counts at a word's beginning
 * alone).
 */
const inQuotes = /[^"\\$`]+/y
const plain = /[^ \t\n;&|<>()\\'"$`]+/y

class Tokenizer {
  readonly #text: string
  readonly #variables: Variables | undefined
  readonly #tokens: Token[] = []
  #offset = 0
  #line = 1
  #lineStart = 0
  #word: (Place & { text: string }) | undefined

  constructor(text: string, variables: Variables | undefined) {
    this.#text = text
    this.#variables = variables
  }

  read(): Token[] {
    while (this.#offset < this.#text.length) this.#step(this.#text[this.#offset] ?? '')
    this.#endWord()
    return this.#tokens
  }

  get #place(): Place {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1 }
  }

  #step(character: string): void {
    if (character === '\n') return this.#separate('newline', 1)
    if (character === ' ' || character === '\t') return this.#skipBlank()
    if (character === '#' && this.#word === undefined) return this.#skipComment()
    if (character === ';' && this.#text[this.#offset + 1] !== ';') return this.#separate(';', 1)
    if (this.#text.startsWith('&&', this.#offset)) return this.#separate('&&', 2)
    if ('&|;<>()'.includes(character)) throw this.#refuse(`'${character}' is not read, since no shell runs`)
    if (character === '\\') return this.#backslash()
    if (character === "'") return this.#singleQuoted()
    if (character === '"') return this.#doubleQuoted()
    if (character === '$' || character === '`') return this.#expand()
    this.#addRun(plain)
  }

  #skipBlank(): void {
    this.#endWord()
    this.#offset += 1
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#offset)
    this.#offset = end < 0 ? this.#text.length : end
  }

  #separate(text: Separator, length: number): void {
    this.#endWord()
    this.#tokens.push({ kind: 'separator', text, ...this.#place })
    this.#offset += length
    if (text === 'newline') this.#nextLine()
  }

  #backslash(): void {
    const next = this.#text[this.#offset + 1]
    if (next === undefined) throw this.#refuse('a backslash with nothing behind it')
    if (next !== '\n') return this.#add(next, 2)
    this.#offset += 2
    this.#nextLine()
  }

  #singleQuoted(): void {
    const end = this.#text.indexOf("'", this.#offset + 1)
    if (end < 0) throw this.#refuse('a single quote is never closed')
    this.#addSpanning(this.#text.slice(this.#offset + 1, end), end + 1)
  }

  #doubleQuoted(): void {
    const start = this.#place
    this.#add('', 1)
    while (this.#text[this.#offset] !== '"') {
      const character = this.#text[this.#offset]
      const next = this.#text[this.#offset + 1] ?? ''
      if (character === undefined) throw wrongAt(start, 'a double quote is never closed')
      if (character === '$' || character === '`') this.#expand()
      else if (character === '\\' && '"\\$`'.includes(next) && next !== '') this.#add(next, 2)
      else if (character === '\\' && next === '\n') this.#addSpanning('', this.#offset + 2)
      else if (character === '\\') this.#add(character, 1)
      else this.#addRun(inQuotes)
    }
    this.#offset += 1
  }

  /** Adds all that stands here without a meaning of its own. */
  #addRun(pattern: RegExp): void {
    pattern.lastIndex = this.#offset
    const run = pattern.exec(this.#text)?.[0] ?? ''
    this.#addSpanning(run, this.#offset + run.length)
  }

  #expand(): void {
    if (this.#variables === undefined)
      throw this.#refuse(
        `'${this.#text[this.#offset]}' is not read, since no shell runs`,
        'put it into single quotes if it is meant as it stands',
      )
    const { length, value } = expandAt(this.#text, this.#offset, this.#place, this.#variables)
    this.#add(value, length)
  }

  #add(text: string, length: number): void {
    this.#word ??= { text: '', ...this.#place }
    this.#word.text += text
    this.#offset += length
  }

  /** Adds text up to an offset, with the line breaks that lie between. */
  #addSpanning(text: string, end: number): void {
    const start = this.#offset
    this.#add(text, end - start)
    const spanned = this.#text.slice(start, end)
    for (let at = spanned.indexOf('\n'); at >= 0; at = spanned.indexOf('\n', at + 1)) {
      this.#line += 1
      this.#lineStart = start + at + 1
    }
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#tokens.push({ kind: 'word', ...this.#word })
    this.#word = undefined
  }

  #nextLine(): void {
    this.#line += 1
    this.#lineStart = this.#offset
  }

  #refuse(what: string, hint?: string) {
    return wrongAt(this.#place, what, hint)
  }
}
