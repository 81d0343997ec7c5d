import type { Family } from '../core/address.ts'
import { fullName } from './rule-options.ts'
import type { TargetSpec } from './target-spec.ts'
import { targets } from './targets.ts'
import type { Target } from './tree.ts'
import { type Word, type WordReader, wrongWord } from './words.ts'

/** A rule's `-j` or `-g`, and the options that belong to it. */
export class Jump {
  readonly #at: Word
  readonly #isGoto: boolean
  readonly #isChain: boolean
  readonly #options = new Map<string, Word | undefined>()
  /** All of them as they are written. */
  readonly #values: string[] = []
  #isStrange = false

  constructor(at: Word, isGoto: boolean, isChain: boolean) {
    this.#at = at
    this.#isGoto = isGoto
    this.#isChain = isChain
  }

  get #spec(): TargetSpec | undefined {
    return this.#isChain || !Object.hasOwn(targets, this.#at.text) ? undefined : targets[this.#at.text]
  }

  /** @returns whether the option is one that the target is known to have; its value is taken then. */
  takeOption(at: Word, words: WordReader): boolean {
    const { options = {} } = this.#spec ?? {}
    const option = fullName(at.text, Object.keys(options))
    if (option === undefined) return false
    if (this.#options.has(option)) throw wrongWord(at, `${at.text} is given twice`)
    const value = options[option] ? words.take(`the value of ${option}`) : undefined
    this.#options.set(option, value)
    this.#values.push(at.text, ...(value === undefined ? [] : [value.text]))
    return true
  }

  /** @returns whether the target keeps an option that nobody here knows: one that is not known itself, and one that has more of them. */
  keepOption(at: Word, negated: boolean, words: WordReader): boolean {
    if (this.#isChain || (this.#spec !== undefined && !this.#spec.open)) return false
    this.#isStrange = true
    this.#values.push(...(negated ? ['!'] : []), at.text, ...words.takeValues())
    return true
  }

  /** @throws HarnessError (`input`) with line and column for what iptables would refuse. */
  target(family: Family, protocol: number | undefined): Target {
    const { text } = this.#at
    if (this.#isChain) return { kind: this.#isGoto ? 'goto' : 'jump', chain: text }
    if (this.#isGoto) throw wrongWord(this.#at, `no chain ${text} is there to go to`)
    const spec = this.#spec
    if (spec === undefined || this.#isStrange) return { kind: 'unknown', name: text, values: this.#values }
    return spec.make(this.#options, { at: this.#at, family, protocol })
  }
}
