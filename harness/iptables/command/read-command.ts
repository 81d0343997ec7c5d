import type { Family } from '../../core/address.ts'
import { toolOf } from '../../flow/backend.ts'
import type { Command, Form } from './command.ts'
import { isCommand, longOptions, shortOptions } from './command-options.ts'
import { type Found, Getopt } from '../words/getopt.ts'
import { GivenCommands } from './given-commands.ts'
import { LoadedOptions, type OptionId, type OwnOption } from '../syntax/loaded-options.ts'
import { notTaken } from './not-taken.ts'
import { RuleReader } from '../syntax/read-rule.ts'
import { refusal, refusedOptions, refuseOptions } from './refused-options.ts'
import { WaitOptions } from './wait-options.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/**
 * Reads one line as iptables does: its command, and the rule if it has one.
 * @param words without the program's name, and without the counters of a payload.
 * @throws HarnessError (`input`) with line and column for what iptables would refuse, and for options that nobody may
 * give here.
 */
export function readCommand(words: readonly Word[], family: Family, form: Form): Command {
  const texts = new Set<Word>()
  const reader = new CommandReader(words, family, form, texts)
  let isRead = false
  try {
    const command = reader.read()
    isRead = true
    return command
  } finally {
    // In a line that is not understood, what looks like an option is one.
    refuseOptions(words, isRead ? (word) => texts.has(word) : undefined)
  }
}

class CommandReader {
  readonly #words: readonly Word[]
  readonly #form: Form
  readonly #family: Family
  readonly #texts: Set<Word>
  readonly #loaded = new LoadedOptions(longOptions)
  readonly #getopt: Getopt<OptionId>
  readonly #rule: RuleReader
  readonly #command: Command
  readonly #commands: GivenCommands
  /** Those of iptables itself that have been given, for what goes with a command. */
  readonly #given = new Map<string, Word>()
  #negation: Word | undefined
  readonly #wait: WaitOptions

  constructor(words: readonly Word[], family: Family, form: Form, texts: Set<Word>) {
    this.#words = words
    this.#form = form
    this.#wait = new WaitOptions(form)
    this.#family = family
    this.#texts = texts
    this.#getopt = new Getopt<OptionId>(words, shortOptions, this.#loaded)
    const at = words[0] ?? { text: '', line: 1, column: 1 }
    this.#rule = new RuleReader(family, this.#loaded, at)
    this.#command = { at, rules: [] }
    this.#commands = new GivenCommands(this.#command, () => this.#getopt.takeValue())
  }

  read(): Command {
    for (let found = this.#getopt.next(); found !== undefined; found = this.#getopt.next()) {
      if (found.kind === 'word' && found.at.text === '!') {
        if (this.#negation !== undefined) throw wrongWord(found.at, "a '!' stands behind another one")
        this.#negation = found.at
        continue
      }
      const isEnd = this.#take(found)
      if (isEnd) return { at: this.#command.at, rules: [] }
    }
    return this.#finish()
  }

  /** @returns whether the line ends here, whatever follows. */
  #take(found: Found<OptionId>): boolean {
    if (found.kind === 'word') throw this.#wrongWordHere(found.at)
    if (found.kind !== 'option') {
      if (!this.#rule.loadProtocol()) throw notTaken(found, this.#rule.names)
      this.#getopt.again()
      return false
    }
    const negated = this.#negation !== undefined
    this.#negation = undefined
    if (typeof found.id !== 'string') this.#takeOwn(found.at, found.id, negated, found.value)
    else if (isCommand(found.id)) this.#commands.take(found.id, found.at, negated, found.value)
    else return this.#takeCommon(found.id, found.at, negated, found.value)
    return false
  }

  #wrongWordHere(at: Word) {
    const hint = at.text.includes('!') ? "a '!' stands before its option, with blanks around it" : undefined
    return wrongWord(at, `'${at.text}' is no option`, hint)
  }

  #takeOwn(at: Word, option: OwnOption, negated: boolean, first: Word | undefined): void {
    const { words } = option.spec
    const more = words === 2 || words === 'maybe' ? this.#getopt.takeValue() : undefined
    const values = [first, more].filter((word) => word !== undefined)
    if (words === 2 && more === undefined) throw wrongWord(at, `${at.text} needs two values`)
    if (first !== undefined && option.spec.isText === true) this.#texts.add(this.#written(first))
    this.#rule.takeOption(at, option, negated, values)
  }

  /** A glued value is part of a word. */
  #written = (value: Word): Word =>
    this.#words.includes(value)
      ? value
      : (this.#words.findLast(({ line, column }) => line === value.line && column <= value.column) ?? value)

  /** @returns whether the line ends here. */
  #takeCommon(id: string, at: Word, negated: boolean, value: Word | undefined): boolean {
    switch (id) {
      case '-4':
      case '-6': {
        const isOwn = (id === '-4') === (this.#family === 'ipv4')
        if (!isOwn && this.#form === 'command') throw wrongWord(at, `${at.text} is refused by ${toolOf(this.#family)}`)
        // iptables-restore passes over a line of the other family, whatever stands in it.
        return !isOwn
      }
      case '-V':
      case '-h':
        if (this.#form === 'payload')
          throw wrongWord(at, `${at.text} ends iptables-restore before COMMIT: nothing is loaded`)
        return true
      case '-t':
        if (negated) throw wrongWord(at, `${at.text} cannot be negated`)
        if (this.#form === 'payload') throw wrongWord(at, "a payload's line names no table: a line such as '*nat' does")
        if (value !== undefined) this.#command.table = value
        return false
      case '-w':
      case '-W':
        this.#wait.take(id, at, value ?? this.#getopt.takeValue())
        return false
      case '-M':
        throw refusal(at, `option ${at.text.split('=')[0]} is not read, since ${refusedOptions['-M']}`, 'leave it out')
      case '-m':
        if (negated) throw wrongWord(at, `${at.text} cannot be negated`)
        this.#rule.loadModule(value as Word)
        return false
      default:
        this.#takeRuleOption(id, at, negated, value)
        return false
    }
  }

  #takeRuleOption(id: string, at: Word, negated: boolean, value: Word | undefined): void {
    const key = id === '-g' ? '-j' : id
    if (this.#given.has(key) && key !== '-v')
      throw wrongWord(at, key === '-j' ? 'a rule has one target' : `${at.text} is given twice`)
    this.#given.set(key, at)
    if (negated && !['-s', '-d', '-i', '-o', '-p', '-f'].includes(key))
      throw wrongWord(at, `${at.text} cannot be negated`)
    if (id === '-c') this.#rule.takeCounters(at, value as Word, () => this.#getopt.takeValue())
    else if (!['-v', '-n', '-x', '--line-numbers'].includes(id)) this.#rule.takeHeader(id, at, negated, value)
  }

  #finish(): Command {
    const command = this.#command
    if (this.#negation !== undefined) throw wrongWord(this.#negation, "nothing stands behind '!'")
    this.#wait.finish()
    if (command.name === undefined)
      throw wrongWord(
        command.at,
        'no command is given',
        'a line has one of -A, -I, -R, -D, -N, -X, -F, -P, -E, -Z, -C, -L and -S',
      )
    this.#commands.checkOptions(this.#given)
    const { chain, name } = command
    if (chain !== undefined && Buffer.byteLength(chain.text) > 28)
      throw wrongWord(chain, `'${chain.text}' is too long; a chain's name has at most 28 characters`)
    const made = this.#rule.finish()
    command.placed = made.placed
    if (made.jump !== undefined) command.jump = made.jump
    if (name === '-R' && made.rules.length !== 1) throw wrongWord(command.at, '-R needs a rule of one address')
    if (!(name === '-D' && command.number !== undefined)) command.rules = made.rules
    return command
  }
}
