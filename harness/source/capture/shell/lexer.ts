import { type Line, placeIn } from '../text/line.ts'
import { type Expanded, expandAt, type Variables } from './variables.ts'
import { ListBuilder } from './list-builder.ts'
import { takeDocument } from './document.ts'
import type { List, Redirection, ShellWord } from './syntax.ts'
import type { Place } from '../../../iptables/words/place.ts'

/**
 * Reads one complete command by the shell's rules for quotes, backslashes, comments, operators, redirections and
 * here-documents (POSIX.1-2017, Shell & Utilities 2.3). Nothing is run, and no file name pattern is expanded.
 * @param lines what to read, each without what stood around it. @param first the line that it begins in. @param depth
 * how far that was indented, as the end of its here-documents may be.
 */
export function lexCommand(lines: readonly Line[], first: number, variables: Variables, depth = 0): List {
  return new Lexer(lines, first, variables, depth).read()
}

const plain = /[^ \t;&|<>()\\'"$`]+/y
const inQuotes = /[^"\\$`]+/y
const operators = [
  '&&',
  '||',
  ';;',
  '&>>',
  '&>',
  '<<<',
  '<<-',
  '<<',
  '>>',
  '<&',
  '>&',
  '>|',
  '<>',
  '|&',
  ';',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
]
const redirecting = /^(?:&>>?|<<<|<<-?|>>|<&|>&|>\||<>|<|>)$/

class Lexer {
  readonly #lines: readonly Line[]
  readonly #variables: Variables
  readonly #list: ListBuilder
  #row: number
  #at = 0
  #word: ShellWord | undefined
  #documents: Redirection[] = []
  #isOver = false
  readonly #depth: number

  constructor(lines: readonly Line[], first: number, variables: Variables, depth: number) {
    this.#lines = lines
    this.#depth = depth
    this.#row = first
    this.#variables = variables
    this.#list = new ListBuilder(first + 1)
  }

  read(): List {
    while (!this.#isOver && this.#row < this.#lines.length) {
      if (this.#at < this.#text.length) this.#step(this.#text[this.#at] as string)
      else this.#endLine()
    }
    this.#endWord()
    this.#list.end()
    const { list } = this.#list
    list.next = Math.max(list.next, this.#row)
    return list
  }

  get #text(): string {
    return this.#lines[this.#row]?.text ?? ''
  }

  get #place(): Place {
    const line = this.#lines[this.#row] ?? this.#lines.at(-1)
    return line === undefined ? { line: 1, column: 1 } : placeIn(line, this.#at + 1)
  }

  #refuse(what: string, at: Place = this.#place): void {
    this.#list.refuse(what, at)
  }

  #step(character: string): void {
    if (character === ' ' || character === '\t') {
      this.#endWord()
      this.#at += 1
    } else if (character === '#' && this.#word === undefined) this.#at = this.#text.length
    else if (character === '\\') this.#backslash()
    else if (character === "'") this.#singleQuoted()
    else if (character === '"') this.#doubleQuoted()
    else if (character === '$' || character === '`') this.#expand()
    else if (';&|<>()'.includes(character)) this.#operator()
    else this.#run(plain, true)
  }

  #add(text: string, isPlain = false): void {
    this.#word ??= { ...this.#place, text: '', isPlain: true }
    this.#word.text += text
    if (!isPlain) this.#word.isPlain = false
  }

  #run(pattern: RegExp, isPlain = false): void {
    pattern.lastIndex = this.#at
    const run = pattern.exec(this.#text)?.[0] ?? this.#text[this.#at] ?? ''
    this.#add(run, isPlain)
    this.#at += run.length
  }

  #backslash(): void {
    const next = this.#text[this.#at + 1]
    if (next !== undefined) {
      this.#add(next)
      this.#at += 2
    } else if (this.#row + 1 < this.#lines.length) {
      this.#row += 1
      this.#at = 0
    } else {
      this.#refuse('a backslash with nothing behind it')
      this.#at += 1
    }
  }

  #singleQuoted(): void {
    const start = this.#place
    this.#add('')
    this.#at += 1
    for (;;) {
      const end = this.#text.indexOf("'", this.#at)
      if (end >= 0) {
        this.#add(this.#text.slice(this.#at, end))
        this.#at = end + 1
        return
      }
      this.#add(`${this.#text.slice(this.#at)}\n`)
      if (!this.#nextRow()) return this.#refuse('a single quote is never closed', start)
    }
  }

  #doubleQuoted(): void {
    const start = this.#place
    this.#add('')
    this.#at += 1
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) {
        this.#add('\n')
        if (!this.#nextRow()) return this.#refuse('a double quote is never closed', start)
        continue
      }
      const next = this.#text[this.#at + 1]
      if (character === '"') {
        this.#at += 1
        return
      }
      if (character === '$' || character === '`') this.#expand(true)
      else if (character !== '\\') this.#run(inQuotes)
      else if (next === undefined) this.#nextRow()
      else {
        this.#add('"\\$`'.includes(next) ? next : character + next)
        this.#at += 2
      }
    }
  }

  #nextRow(): boolean {
    if (this.#row + 1 >= this.#lines.length) {
      this.#row = this.#lines.length
      return false
    }
    this.#row += 1
    this.#at = 0
    return true
  }

  #expand(isQuoted = false): void {
    const place = this.#place
    const { length, value, needs }: Expanded = expandAt(this.#text, this.#at, this.#variables)
    if (isQuoted || needs !== undefined) this.#add(value)
    else this.#addFields(value)
    if (needs !== undefined && this.#word !== undefined) this.#word.needs ??= { ...needs, ...place }
    this.#at += length
  }

  /** What is expanded outside of quotes is split at blanks, or what IFS says, and is no word if it is nothing. */
  #addFields(value: string): void {
    const own = this.#variables.values.get('IFS')
    const fields = own === undefined ? value.split(/[ \t\n]+/) : fieldsOf(value, own)
    for (const [index, field] of fields.entries()) {
      if (index > 0) this.#endWord()
      if (field !== '') this.#add(field)
    }
  }

  #operator(): void {
    const found = operators.find((each) => this.#text.startsWith(each, this.#at)) ?? ''
    const place = this.#place
    // A number that stands directly before a redirection is a file descriptor.
    const isDescriptor = this.#word?.isPlain === true && /^\d+$/.test(this.#word.text) && redirecting.test(found)
    if (isDescriptor) this.#word = undefined
    this.#endWord()
    this.#at += found.length
    if (redirecting.test(found)) {
      const redirection = this.#list.redirect(found, place)
      if (found.startsWith('<<') && found !== '<<<') this.#documents.push(redirection)
    } else if (found === '|' || found === '|&') this.#list.pipe(found, place)
    else if (found === '(' || found === ')') this.#refuse(`'${found}' is not read, since no shell runs`, place)
    else this.#list.separate(found === '&' || found === ';;' ? ';' : (found as '&&' | '||' | ';'), place)
  }

  #endWord(): void {
    const word = this.#word
    this.#word = undefined
    if (word !== undefined) this.#list.word(word)
  }

  #endLine(): void {
    this.#endWord()
    if (this.#documents.length > 0) {
      this.#row += 1
      for (const redirection of this.#documents) {
        const next = takeDocument(redirection, this.#lines, this.#row, this.#depth)
        if (next !== undefined) this.#row = next
        else this.#refuse(`the here-document has no line '${redirection.target.text}' at its end`, redirection)
      }
      this.#documents = []
    } else this.#row += 1
    this.#at = 0
    if (this.#list.endLine() && this.#row < this.#lines.length) return
    this.#isOver = true
    this.#list.list.next = this.#row
  }
}

/** A value split by IFS (POSIX.1-2017, Shell & Utilities 2.6.5); empty fields are left out, as at blanks. */
function fieldsOf(value: string, separators: string): string[] {
  const fields = ['']
  for (const character of value)
    if (separators.includes(character)) fields.push('')
    else fields[fields.length - 1] += character
  return fields
}
