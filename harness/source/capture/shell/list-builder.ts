import type { List, Pipeline, Redirection, ShellWord, SimpleCommand } from './syntax.ts'
import type { Place } from '../../../iptables/words/place.ts'

/** What stands between two pipelines. */
type Joint = Place & { operator: string }

export const rejected = (operator: string, side: 'before' | 'behind'): string =>
  `'${operator}' has no command ${side} it; a shell would reject it`

/**
 * Puts words and operators together to a list of pipelines, as the shell's grammar has it (POSIX.1-2017, Shell &
 * Utilities 2.10).
 */
export class ListBuilder {
  readonly list: List
  readonly #doubled: Joint[] = []
  #pipeline: Pipeline | undefined
  #command: SimpleCommand | undefined
  #redirection: Redirection | undefined
  #joint: Joint | undefined

  /** @param next the line behind the list, if it is one line long. */
  constructor(next: number) {
    this.list = { pipelines: [], next, doubled: this.#doubled }
  }

  /** Keeps what is wrong with the list: the first such thing counts. */
  refuse(what: string, at: Place, hint?: string): void {
    this.list.wrong ??= { what, line: at.line, column: at.column, ...(hint && { hint }) }
  }

  /** Takes a word: a redirection's target where one is awaited, else the command's. */
  word(word: ShellWord): void {
    if (this.#redirection !== undefined) {
      this.#redirection.target = word
      this.#redirection = undefined
      return
    }
    const isFirst = this.#command === undefined
    const command = this.#takeCommand(word)
    const pipeline = this.#pipeline as Pipeline
    const isSole = pipeline.commands.length === 1
    if (isFirst && word.isPlain && word.text === '!' && isSole && command.words.length === 0) pipeline.isNegated = true
    else {
      if (command.words.length === 0 && isSole) Object.assign(pipeline, { line: word.line, column: word.column })
      command.words.push(word)
    }
  }

  /** @returns the redirection, whose target is the next word. */
  redirect(operator: string, at: Place): Redirection {
    const redirection: Redirection = { ...at, operator, target: { ...at, text: '', isPlain: true } }
    this.#takeCommand(at).redirections.push(redirection)
    this.#redirection = redirection
    return redirection
  }

  pipe(operator: string, at: Place): void {
    if (this.#command === undefined) this.refuse(rejected(operator, 'before'), at)
    this.#command = undefined
    this.#joint = { ...at, operator }
  }

  separate(operator: '&&' | '||' | ';', at: Place): void {
    if (this.#pipeline === undefined) {
      if (this.#joint !== undefined && this.#joint.operator === operator && operator !== ';')
        this.#doubled.push({ ...at, operator })
      else if (operator !== ';' || this.#joint === undefined) this.refuse(rejected(operator, 'before'), at)
      return
    }
    this.#pipeline = undefined
    this.#command = undefined
    this.#joint = { ...at, operator }
  }

  /** @returns whether the list goes on in the next line. */
  endLine(): boolean {
    this.#redirection = undefined
    if (this.#pipeline === undefined) return this.#joint !== undefined && this.#joint.operator !== ';'
    return this.#command === undefined
  }

  end(): void {
    if (this.#joint !== undefined && this.#joint.operator !== ';')
      this.refuse(rejected(this.#joint.operator, 'behind'), this.#joint)
  }

  #takeCommand(at: Place): SimpleCommand {
    if (this.#pipeline === undefined) {
      const operator = this.#joint?.operator
      const before = operator === '&&' || operator === '||' || operator === ';' ? operator : undefined
      const { line, column } = at
      this.#pipeline = { line, column, commands: [], isNegated: false, ...(before && { before }) }
      this.list.pipelines.push(this.#pipeline)
    }
    if (this.#command === undefined) {
      this.#command = { words: [], redirections: [] }
      this.#pipeline.commands.push(this.#command)
    }
    this.#joint = undefined
    return this.#command
  }
}
