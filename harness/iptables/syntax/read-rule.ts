import type { Family } from '../../core/address.ts'
import { bounds } from '../words/bounds.ts'
import type { MatchExtension } from '../extensions/extension.ts'
import { type Around, type Given, type OptionSpec, valueRead } from '../extensions/option.ts'
import { finishMatch } from './finish-match.ts'
import { readAddresses } from '../extensions/header-values.ts'
import { Jump } from './jump.ts'
import type { LoadedOptions, OwnOption } from './loaded-options.ts'
import { findModule, moduleOfProtocol } from './modules.ts'
import { foreignModule } from './foreign-module.ts'
import { takeOption } from './own-options.ts'
import type { Placed } from './placement.ts'
import { isLeftOut } from '../extensions/print-option.ts'
import { orderOf } from '../extensions/print-order.ts'
import {
  destination,
  fragment,
  hasFragments,
  inInterface,
  outInterface,
  protocol,
  ruleOptions,
  source,
} from './rule-options.ts'
import type { Match, Rule } from './tree.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

interface Loaded {
  match: Match
  at: Word
}

/** What a line has made of its options. */
interface Made {
  rules: Rule[]
  /** The target, where it is none of iptables' own. */
  jump?: Word
  placed: Placed
}

/**
 * Reads the options of one rule in the order in which they stand, as libxtables does: what a module needs has to stand
 * before it.
 */
export class RuleReader {
  readonly #family: Family
  readonly #options: LoadedOptions
  readonly #at: Word
  readonly #headers: Given[] = []
  readonly #lists: { source: Given[]; destination: Given[] } = { source: [], destination: [] }
  readonly #negatedAddresses: Word[] = []
  readonly #interfaces: { option: '-i' | '-o'; at: Word }[] = []
  readonly #matches: Loaded[] = []
  readonly #loadedModules = new Set<string>()
  #protocol: { text: string; number: number; negated: boolean } | undefined
  #hasLoadedProtocol = false
  #jump: Jump | undefined
  #counters: Rule['counters']

  constructor(family: Family, options: LoadedOptions, at: Word) {
    this.#family = family
    this.#options = options
    this.#at = at
  }

  /** Names of the options that may be given by now. */
  get names(): string[] {
    return this.#options.beginning('').map(({ name }) => `--${name}`)
  }

  get #around(): Around {
    return {
      family: this.#family,
      protocol: this.#protocol?.number ?? 0,
      otherProtocols: this.#protocol?.negated === true,
    }
  }

  /**
   * Loads the module of the rule's protocol, if that is still to be done. @returns whether there is one (load_proto in
   * iptables/xshared.c).
   */
  loadProtocol(): boolean {
    if (this.#protocol === undefined || this.#hasLoadedProtocol) return false
    const { text, number } = this.#protocol
    const found = moduleOfProtocol(text, number, this.#family)
    if (found === undefined) return false
    this.#hasLoadedProtocol = true
    this.#load(found.name, found.spec, this.#at)
    return true
  }

  /** @throws HarnessError (`input`) if iptables has no such module. */
  loadModule(at: Word): void {
    const found = findModule(at.text, this.#family)
    const foreign = found === undefined ? foreignModule(at.text, this.#family) : undefined
    if (found === undefined && foreign === undefined)
      throw wrongWord(at, `iptables has no module '${at.text}' for ${this.#family}`)
    this.#load(found?.name ?? at.text, found?.spec ?? (foreign as MatchExtension), at)
  }

  #load(name: string, spec: MatchExtension, at: Word): void {
    this.#matches.push({ match: { module: name, options: [], spec }, at })
    if (!this.#loadedModules.has(name)) this.#options.load(name, spec)
    this.#loadedModules.add(name)
  }

  takeOption(at: Word, option: OwnOption, negated: boolean, values: readonly Word[]): void {
    if (option.module === undefined) return this.#jump?.takeOption(at, option, negated, values, this.#around)
    const loaded = this.#matches.findLast(({ match }) => match.module === option.module)
    const options = loaded?.match.options ?? []
    options.push(
      takeOption(at, option.spec, negated, values, this.#around, (name) =>
        options.some((other) => other.option === name),
      ),
    )
  }

  takeHeader(option: string, at: Word, negated: boolean, word: Word = at): void {
    const take = (spec: OptionSpec, ...values: readonly Word[]): Given => {
      const given = takeOption(at, spec, negated, values, this.#around, () => false)
      this.#headers.push(given)
      return given
    }
    if (option === '-j' || option === '-g') {
      this.#jump = new Jump(word, option === '-g', this.#around)
      if (this.#jump.spec !== undefined) this.#options.load(undefined, this.#jump.spec)
    } else if (option === '-p') {
      const number = valueRead(protocol, take(protocol, word)) ?? 0
      if (number === 0 && negated) throw wrongWord(word, 'the rule would never match any protocol')
      this.#protocol = { text: word.text.toLowerCase(), number, negated }
    } else if (option === '-f') {
      if (!hasFragments(this.#family)) throw wrongWord(at, '-f is for IPv4 alone', 'IPv6 has -m frag')
      take(fragment)
    } else if (option === '-i' || option === '-o') {
      take(option === '-i' ? inInterface : outInterface, word)
      this.#interfaces.push({ option, at })
    } else this.#takeAddresses(option === '-s' ? 'source' : 'destination', at, negated, word)
  }

  #takeAddresses(side: 'source' | 'destination', at: Word, negated: boolean, word: Word): void {
    const spec = side === 'source' ? source : destination
    this.#lists[side] = readAddresses(this.#family, word).map(({ words, value }) => ({
      option: spec.option,
      negated,
      words,
      spec,
      ...(value && { value }),
    }))
    if (negated) this.#negatedAddresses.push(at)
    const count = Math.max(1, this.#lists.source.length) * Math.max(1, this.#lists.destination.length)
    if (count > bounds.expansion)
      throw wrongWord(
        word,
        `the lists of addresses make ${count} rules of one; ${bounds.expansion} are read`,
        'write fewer addresses in a rule',
      )
  }

  /** `PACKETS BYTES` or `PACKETS,BYTES`, of which sscanf(3) takes the digits at the beginning. */
  takeCounters(at: Word, first: Word, second: () => Word | undefined): void {
    const comma = first.text.indexOf(',', 1)
    const bytes = comma < 0 ? second()?.text : first.text.slice(comma + 1)
    if (bytes === undefined) throw wrongWord(at, `${at.text} needs two counters: packets and bytes`)
    const [packets, size] = [first.text, bytes].map((text) => /^\s*[+-]?(\d+)/.exec(text)?.[1])
    if (packets === undefined || size === undefined) throw wrongWord(first, 'a counter is no number')
    this.#counters = { packets: Number(packets), bytes: Number(size) }
  }

  /** @throws HarnessError (`input`) for what does not go together. */
  finish(): Made {
    const around = this.#around
    const { source, destination } = this.#lists
    if ((source.length > 1 || destination.length > 1) && this.#negatedAddresses[0] !== undefined)
      throw wrongWord(
        this.#negatedAddresses[0],
        `a rule with a list of addresses cannot negate ${this.#negatedAddresses[0].text}`,
      )
    for (const { match, at } of this.#matches) finishMatch(match, match.spec, at, around)
    const target = this.#jump?.target(around)
    const { line, column } = this.#at
    const rest = {
      matches: this.#matches.map(({ match }) => match),
      ...(target && { target }),
      ...(this.#counters && { counters: this.#counters }),
      place: { line, column },
    }
    const placed = { around, interfaces: this.#interfaces, matches: this.#matches }
    const { spec, at } = this.#jump ?? {}
    if (at === undefined) return { rules: this.#expand(rest), placed }
    return {
      rules: this.#expand(rest),
      ...(spec === undefined ? { jump: at, placed } : { placed: { ...placed, target: { at, spec } } }),
    }
  }

  /**
   * A rule with lists of addresses is several: `-s A,B -d C,D` is A to C, A to D, B to C, B to D (append_entry in
   * iptables/iptables.c).
   */
  #expand(rest: Omit<Rule, 'options'>): Rule[] {
    const { source, destination } = this.#lists
    const pairs = (source.length === 0 ? [undefined] : source).flatMap((from) =>
      (destination.length === 0 ? [undefined] : destination).map((to) =>
        [from, to].filter((given) => given !== undefined),
      ),
    )
    return pairs.map((addresses) => ({
      options: [...addresses, ...this.#headers]
        .filter((one) => !isLeftOut(one))
        .sort((a, b) => orderOf(a, ruleOptions) - orderOf(b, ruleOptions)),
      ...rest,
    }))
  }
}
