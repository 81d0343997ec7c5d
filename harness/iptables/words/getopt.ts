import type { Word } from './payload-words.ts'

/** Whether an option has no value, has one, or may have one that is glued to it. */
export type HasValue = 'none' | 'one' | 'glued'

/** One name of a long option. */
export interface LongOption<Id> {
  name: string
  value: HasValue
  /** Two names of one option are no ambiguity: they have one key. */
  key: string
  id: Id
}

/** Those that may be asked for by now. */
interface LongOptions<Id> {
  called(name: string): LongOption<Id> | undefined
  /** Those whose name begins so. */
  beginning(name: string): readonly LongOption<Id>[]
}

export type Found<Id> =
  | { kind: 'option'; id: Id; at: Word; value?: Word }
  /** A word that is no option. */
  | { kind: 'word'; at: Word }
  /** No option is called so, or more than one may be meant, or the one that is has no value and was given one. */
  | { kind: 'unknown'; at: Word; candidates: readonly string[] }
  | { kind: 'no-value'; at: Word }

/**
 * Takes words apart as getopt_long(3) of glibc does for iptables: long options by any beginning that no other one has,
 * values glued or apart, short options in one word, words in the order in which they stand.
 */
export class Getopt<Id> {
  readonly #words: readonly Word[]
  readonly #shorts: ReadonlyMap<string, { value: HasValue; id: Id }>
  /** What may be asked for grows while words are read. */
  readonly #longs: LongOptions<Id>
  #at = 0
  /** Where in a word of short options the next one stands. */
  #within = 0

  constructor(
    words: readonly Word[],
    shorts: ReadonlyMap<string, { value: HasValue; id: Id }>,
    longs: LongOptions<Id>,
  ) {
    this.#words = words
    this.#shorts = shorts
    this.#longs = longs
  }

  next(): Found<Id> | undefined {
    const word = this.#words[this.#at]
    if (word === undefined) return undefined
    if (this.#within > 0) return this.#short(word)
    // What stands behind `--` is left over.
    if (word.text === '--') {
      this.#at += 1
      return this.#at < this.#words.length ? { kind: 'word', at: this.#words[this.#at] as Word } : undefined
    }
    if (word.text.startsWith('--')) return this.#long(word)
    if (word.text.startsWith('-') && word.text.length > 1) return this.#short(word)
    this.#at += 1
    return { kind: 'word', at: word }
  }

  /** The next word where it is no option and no `!` (xs_has_arg in iptables/xshared.c): it is a value then. */
  takeValue(): Word | undefined {
    const word = this.#words[this.#at]
    if (this.#within > 0 || word === undefined || /^[-!]/.test(word.text)) return undefined
    this.#at += 1
    return word
  }

  /** Reads the word again that was read last: by now there may be an option that is called so. */
  again(): void {
    this.#at -= 1
    this.#within = 0
  }

  #long(word: Word): Found<Id> {
    this.#at += 1
    const equals = word.text.indexOf('=')
    const name = word.text.slice(2, equals < 0 ? undefined : equals)
    const { found, candidates } = this.#called(name)
    if (found === undefined) return { kind: 'unknown', at: word, candidates }
    const glued =
      equals < 0 ? undefined : { ...word, text: word.text.slice(equals + 1), column: word.column + equals + 1 }
    if (found.value === 'none')
      return glued === undefined
        ? { kind: 'option', id: found.id, at: word }
        : { kind: 'unknown', at: word, candidates: [`--${found.name}`] }
    if (found.value === 'glued' || glued !== undefined)
      return { kind: 'option', id: found.id, at: word, ...(glued && { value: glued }) }
    const value = this.#words[this.#at]
    if (value === undefined) return { kind: 'no-value', at: word }
    this.#at += 1
    return { kind: 'option', id: found.id, at: word, value }
  }

  #called(name: string): { found?: LongOption<Id>; candidates: readonly string[] } {
    const exact = this.#longs.called(name)
    if (exact !== undefined) return { found: exact, candidates: [] }
    const candidates = this.#longs.beginning(name)
    const [first, ...others] = candidates
    const isOne = first !== undefined && others.every(({ key, value }) => key === first.key && value === first.value)
    return isOne
      ? { found: first, candidates: [] }
      : { candidates: [...new Set(candidates.map(({ name }) => `--${name}`))] }
  }

  #short(word: Word): Found<Id> {
    this.#within = Math.max(1, this.#within)
    const letter = word.text[this.#within] ?? ''
    const column = word.column + this.#within
    const found = this.#shorts.get(letter)
    const rest = word.text.slice(this.#within + 1)
    const at =
      this.#within === 1 && rest === ''
        ? word
        : { ...word, text: `-${letter}`, column: this.#within === 1 ? word.column : column }
    if (found === undefined || found.value === 'none') {
      this.#within += 1
      if (rest === '') this.#nextWord()
      return found === undefined ? { kind: 'unknown', at, candidates: [] } : { kind: 'option', id: found.id, at }
    }
    this.#nextWord()
    if (rest !== '') return { kind: 'option', id: found.id, at, value: { ...word, text: rest, column: column + 1 } }
    if (found.value === 'glued') return { kind: 'option', id: found.id, at }
    const value = this.#words[this.#at]
    if (value === undefined) return { kind: 'no-value', at }
    this.#at += 1
    return { kind: 'option', id: found.id, at, value }
  }

  #nextWord(): void {
    this.#at += 1
    this.#within = 0
  }
}
