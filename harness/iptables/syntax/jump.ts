import type { KeptTarget, TargetExtension } from '../extensions/extension.ts'
import type { Around } from '../extensions/option.ts'
import { findTarget } from './targets.ts'
import { finishOptions, takeOption } from './own-options.ts'
import type { OwnOption } from './loaded-options.ts'
import type { Target } from './tree.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

const longestName = 28

/** A rule's `-j` or `-g`, and the options that belong to it. */
export class Jump {
  readonly at: Word
  readonly #isGoto: boolean
  readonly spec: TargetExtension | undefined
  readonly #options = new Map<string, Word | undefined>()
  /** All of them as they are written. */
  readonly #words: string[] = []

  /** @throws HarnessError (`input`) for what can be no target's name (xt_parse_target in iptables/xshared.c). */
  constructor(at: Word, isGoto: boolean, around: Around) {
    const { text } = at
    if (text === '' || Buffer.byteLength(text) > longestName || /[ \t\n\v\f\r]/.test(text))
      throw wrongWord(at, `'${text}' is no target's name; it has 1 to ${longestName} characters and no blanks`)
    this.at = at
    this.#isGoto = isGoto
    this.spec = isGoto ? undefined : findTarget(text, around.family)
  }

  takeOption(at: Word, option: OwnOption, negated: boolean, values: readonly Word[], around: Around): void {
    const { option: name } = takeOption(at, option.spec, negated, values, around, (other) => this.#options.has(other))
    this.#options.set(name, values[0])
    this.#words.push(name, ...values.map(({ text }) => text))
  }

  /** @throws HarnessError (`input`) with line and column for what iptables would refuse. */
  target(around: Around): Target {
    const { text } = this.at
    if (this.spec === undefined) return { kind: this.#isGoto ? 'goto' : 'jump', chain: text }
    const complaint = finishOptions(this.spec.options, (name) => this.#options.has(name))
    if (complaint !== undefined) throw wrongWord(this.at, `${text} ${complaint}`)
    const value: unknown =
      'read' in this.spec ? this.spec.read(this.#options, this.at, around) : this.#check(this.spec, around)
    return { kind: 'extension', name: text, words: this.#words, spec: this.spec, ...(value !== undefined && { value }) }
  }

  #check({ check }: KeptTarget, around: Around): void {
    const values = new Map(
      [...this.#options].flatMap(([option, word]) => (word === undefined ? [] : [[option, word.text] as const])),
    )
    const complaint = check?.(new Set(this.#options.keys()), around, values)
    if (complaint !== undefined) throw wrongWord(this.at, `${this.at.text} ${complaint}`)
  }
}
