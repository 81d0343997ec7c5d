import type { Command } from './command.ts'
import { type CommandName, optionsOf } from './command-options.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'
import { readNumber } from '../words/values.ts'

/** Commands whose chain may be left out: the word behind them is it, unless that is an option. */
const chainIsOptional: readonly CommandName[] = ['-X', '-F', '-Z', '-L', '-S']

/** The commands of one line: one, but for -Z, which goes with -L and -S. */
export class GivenCommands {
  readonly #command: Command
  readonly #takeValue: () => Word | undefined
  readonly #names: CommandName[] = []

  /**
   * @param command what is read of them. @param takeValue takes the next word of the line, unless that is an option.
   */
  constructor(command: Command, takeValue: () => Word | undefined) {
    this.#command = command
    this.#takeValue = takeValue
  }

  /** @param value the word that belongs to it. @throws HarnessError (`input`) for what iptables would refuse. */
  take(name: CommandName, at: Word, negated: boolean, value: Word | undefined): void {
    if (negated) throw wrongWord(at, `${at.text} cannot be negated`)
    const others = this.#names.filter(
      (other) => !(name === '-Z' ? ['-L', '-S'] : ['-L', '-S'].includes(name) ? ['-Z'] : []).includes(other),
    )
    if (others.length > 0) throw wrongWord(at, `${name} does not go with ${others[0]}`)
    this.#names.push(name)
    const command = this.#command
    if (command.name === undefined || command.name === '-Z') Object.assign(command, { name, at })
    const chain = value ?? (chainIsOptional.includes(name) ? this.#takeValue() : undefined)
    if (chain !== undefined) command.chain = chain
    if (name === '-E' || name === '-P') command.second = this.#need(at, name === '-E' ? 'the new name' : 'a policy')
    const number = 'DIRLSZ'.includes(name[1] ?? '-') ? this.#takeValue() : undefined
    if (number !== undefined) {
      readNumber(number, 'place of a rule in its chain', 0x7fffffff, 1)
      command.number = number
    } else if (name === '-R') throw wrongWord(at, '-R needs a number: which rule it replaces')
  }

  /**
   * @param given iptables' own options in the line. @throws HarnessError (`input`) if one of them does not go with the
   * commands.
   */
  checkOptions(given: ReadonlyMap<string, Word>): void {
    const { name, number, at } = this.#command
    const key = name === '-D' && number !== undefined ? 'delete by number' : (name as CommandName)
    const together = [key, ...this.#names.filter((other) => other !== '-D')].flatMap(
      (one) => optionsOf[one as CommandName],
    )
    for (const [option, word] of given)
      if (!together.includes(option)) throw wrongWord(word, `${word.text} does not go with ${at.text}`)
  }

  #need(at: Word, what: string): Word {
    const word = this.#takeValue()
    if (word === undefined) throw wrongWord(at, `${what} is missing behind ${at.text}`)
    return word
  }
}
