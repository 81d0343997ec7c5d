import type { Family } from '../../../core/address.ts'
import type { Line } from '../text/line.ts'
import type { List, Pipeline } from './syntax.ts'
import type { Variables } from './variables.ts'
import { assignment } from './words.ts'
import { WrittenFiles } from './written-files.ts'
import { bounds } from '../../../iptables/words/bounds.ts'
import { type Place, wrongAt } from '../../../iptables/words/place.ts'

/** What a shell's own words begin or end. */
export const openers = new Set(['if', 'for', 'while', 'until', 'case', 'select', '{'])
export const closers = new Set(['fi', 'done', 'esac', '}'])

/**
 * What is known of a script where a command of it is read: its variables, the files it has written, and what is open
 * around.
 */
export class ScriptState {
  readonly files = new WrittenFiles()
  readonly variables: Variables
  readonly #values = new Map<string, string>()
  readonly #assumed = new Map<string, string>()
  /** Words of a shell's own that are open: what stands in them is for a shell to decide. */
  #open: (Place & { word: string })[] = []
  /** How many characters may still be read for loops, each time that one goes round. */
  #loops = 2_000_000
  /** Where a value is split into words is known. */
  knowsFields = true

  constructor(family: Family, podIPs: readonly string[]) {
    this.variables = { values: this.#values, podIPs, family, assumed: (name, value) => this.#assumed.set(name, value) }
  }

  /** @param environment what the script's container is given. */
  begin(environment: ReadonlyMap<string, string>): void {
    this.#values.clear()
    this.files.clear()
    this.knowsFields = true
    for (const [name, value] of environment) this.#values.set(name, value)
  }

  /** Ends the script: what was open in it is no more. @returns what was assumed in it: a line, or none. */
  end(): string[] {
    this.#open = []
    const parts = [...this.#assumed].map(([name, value]) => `${name} is '${value}'`)
    this.#assumed.clear()
    return parts.length === 0 ? [] : [`assumed: ${parts.join(', ')}, as the script has it where nothing sets them`]
  }

  /** @returns whether the pipeline does nothing but set variables. */
  assign({ commands }: Pipeline): boolean {
    const [command] = commands
    if (command === undefined || commands.length > 1) return false
    const words = ['export', 'local', 'readonly', 'declare'].includes(command.words[0]?.text ?? '')
      ? command.words.slice(1)
      : command.words
    if (words.length === 0 || !words.every(({ text }) => assignment.test(text) || /^-\w+$/.test(text))) return false
    for (const { text, needs } of words) {
      const [, name = '', more, value = ''] = assignment.exec(text) ?? []
      if (name === '') continue
      const whole = more === '+' ? (this.#values.get(name) ?? '') + value : value
      const isKnown = needs === undefined && this.#open.length === 0 && whole.length <= bounds.commandWord
      if (name === 'IFS') this.knowsFields = isKnown
      if (isKnown) this.#values.set(name, whole)
      else this.#values.delete(name)
    }
    return true
  }

  openFunction(line: number): void {
    this.#open.push({ line, column: 1, word: 'function' })
  }

  set(name: string, value: string): void {
    this.#values.set(name, value)
  }

  /** Counts lines that are read for a loop. @returns false where a text has more of them than is read. */
  loops(lines: readonly Line[]): boolean {
    for (const { text } of lines) this.#loops -= text.length + 50
    return this.#loops > 0
  }

  /** `if`, `for` and the like, as they open and close. */
  keywords(pipelines: List['pipelines']): void {
    for (const { commands } of pipelines)
      for (const { words } of commands) {
        const [first] = words
        if (first === undefined || !first.isPlain) continue
        if (openers.has(first.text)) this.#open.push({ ...first, word: first.text })
        else if (closers.has(first.text)) this.#open.pop()
      }
  }

  /** @throws HarnessError (`input`) where it is for a shell to decide whether a command runs. */
  refuseOpen(at: Place): void {
    const open = this.#open.at(-1)
    if (open === undefined) return
    throw wrongAt(
      at,
      `whether and how often this runs is for a shell to decide, by the '${open.word}' of line ${open.line}, and none runs`,
      open.word === 'function'
        ? 'run the script with sh -x where it is meant to run, and paste what that prints'
        : `write out what it comes to, without '${open.word}'`,
    )
  }
}
