import type { Family } from '../core/address.ts'
import { type ModuleSpec, moduleOfProtocol, modules, type OptionSpec } from './modules.ts'
import type { Condition, Match, Rule } from './tree.ts'
import { finishMatch } from './finish-match.ts'
import { Jump } from './jump.ts'
import { fullName, headers, isCalled, isEmpty, orderOf } from './rule-options.ts'
import { readNumber } from './values.ts'
import { type Word, type WordReader, wrongWord } from './words.ts'

/**
 * Reads one rule behind its chain: what it asks, in which order, and what it does.
 * @param isChain whether a target is a chain of the rule's table.
 * @throws HarnessError (`input`) with line and column for what iptables would refuse.
 */
export function readRule(words: WordReader, family: Family, isChain: (name: string) => boolean, start: Word): Rule {
  return new RuleReader(words, family, isChain, start).read()
}

class RuleReader {
  readonly #words: WordReader
  readonly #family: Family
  readonly #isChain: (name: string) => boolean
  readonly #headers: Condition[] = []
  readonly #matches: { match: Match; spec: ModuleSpec | undefined; at: Word }[] = []
  #jump: Jump | undefined
  readonly #rule: Rule

  constructor(words: WordReader, family: Family, isChain: (name: string) => boolean, { line, column }: Word) {
    this.#words = words
    this.#family = family
    this.#isChain = isChain
    this.#rule = { conditions: this.#headers, matches: [], place: { line, column } }
  }

  read(): Rule {
    while (this.#words.next !== undefined) this.#readOption()
    for (const { match, spec, at } of this.#matches) finishMatch(match, spec, at, this.#protocol)
    this.#headers.sort((a, b) => orderOf(a, headers) - orderOf(b, headers))
    this.#rule.conditions = this.#headers.filter((condition) => !isEmpty(condition))
    this.#rule.matches = this.#matches.map(({ match }) => match)
    const target = this.#jump?.target(this.#family, this.#protocol)
    return { ...this.#rule, ...(target && { target }) }
  }

  get #protocol(): number | undefined {
    const found = this.#headers.find((condition) => condition.kind === 'protocol' && !condition.negated)
    return found?.kind === 'protocol' ? found.protocol : undefined
  }

  #readOption(): void {
    const first = this.#words.take('an option')
    const negated = first.text === '!'
    const at = negated ? this.#words.take('the option that is negated') : first
    if (!at.text.startsWith('-')) throw wrongWord(at, `'${at.text}' is no option`, "a '!' stands before its option")
    if (!negated && this.#readCommon(at)) return
    const own = headers.find(isCalled(at.text))
    if (own !== undefined) return this.#readHeader(own, negated, at)
    if (!negated && this.#jump?.takeOption(at, this.#words)) return
    this.#readMatchOption(negated, at)
  }

  /** Options that ask nothing. */
  #readCommon(at: Word): boolean {
    if (at.text === '-m' || at.text === '--match') this.#load(this.#words.take("a module's name"))
    else if (['-j', '--jump', '-g', '--goto'].includes(at.text)) {
      if (this.#jump !== undefined) throw wrongWord(at, 'a rule has one target')
      const name = this.#words.take('a target')
      this.#jump = new Jump(name, at.text === '-g' || at.text === '--goto', this.#isChain(name.text))
    } else if (at.text === '-c' || at.text === '--set-counters') {
      const [packets, bytes] = [this.#words.take('a packet counter'), this.#words.take('a byte counter')].map((word) =>
        readNumber(word, 'counter', Number.MAX_SAFE_INTEGER),
      ) as [number, number]
      this.#rule.counters = { packets, bytes }
    } else return false
    return true
  }

  #readHeader(spec: OptionSpec, negated: boolean, at: Word): void {
    if (this.#headers.some(({ option }) => option === spec.option)) throw wrongWord(at, `${at.text} is given twice`)
    this.#headers.push({ option: spec.option, negated, ...spec.read(this.#words, this.#family, at) })
  }

  #load({ text }: Word): void
  #load(at: Word): void {
    const spec = Object.hasOwn(modules, at.text) ? modules[at.text] : undefined
    this.#matches.push({ match: { module: at.text, conditions: [] }, spec, at })
  }

  #readMatchOption(negated: boolean, at: Word): void {
    const found = this.#findOption(at.text) ?? this.#findImplicit(at)
    if (found !== undefined) {
      const { match, option } = found
      if (negated && !option.invertible) throw wrongWord(at, `${option.option} cannot be negated`)
      const condition = {
        option: option.option === '--syn' ? '--tcp-flags' : option.option,
        negated,
        ...option.read(this.#words, this.#family, at),
      }
      if (match.conditions.some((other) => other.option === condition.option)) throw wrongWord(at, `${at.text} is given twice`)
      return void match.conditions.push(condition)
    }
    const open = this.#matches.findLast(({ spec }) => spec === undefined || spec.open)
    if (this.#jump?.keepOption(at, negated, this.#words)) return
    if (open !== undefined) {
      open.match.conditions.push({ option: at.text, negated, kind: 'unknown', values: this.#words.takeValues() })
    } else throw wrongWord(at, `no module that is loaded here has an option ${at.text}`)
  }

  #findOption(name: string): { match: Match; option: OptionSpec } | undefined {
    const loaded = this.#matches.flatMap(({ match, spec }) => (spec?.options ?? []).map((option) => ({ match, option })))
    const exact = loaded.findLast(({ option }) => isCalled(name)(option))
    if (exact !== undefined) return exact
    const full = name.startsWith('--') ? fullName(name, [...new Set(loaded.map(({ option }) => option.option))]) : undefined
    return loaded.findLast(({ option }) => option.option === full)
  }

  /** The protocol's own options load its module where the first of them stands. */
  #findImplicit(at: Word): { match: Match; option: OptionSpec } | undefined {
    const name = moduleOfProtocol(this.#protocol, this.#family)
    const option = name === undefined ? undefined : modules[name]?.options.find(isCalled(at.text))
    if (name === undefined || option === undefined || this.#matches.some(({ match }) => match.module === name)) return undefined
    this.#load({ ...at, text: name })
    return this.#findOption(at.text)
  }
}
