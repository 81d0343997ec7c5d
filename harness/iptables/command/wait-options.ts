import type { Form } from './command.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/** -w and -W, of which sscanf(3) takes a number and leaves what follows it. */
export class WaitOptions {
  readonly #form: Form
  #waits = false
  #inSteps: Word | undefined

  constructor(form: Form) {
    this.#form = form
  }

  /** @throws HarnessError (`input`) */
  take(id: '-w' | '-W', at: Word, value: Word | undefined): void {
    if (this.#form === 'payload')
      throw wrongWord(at, `${at.text} is for iptables-restore itself, not for a line of a payload`)
    const isNumber = value !== undefined && /^\s*[+-]?\d/.test(value.text)
    if (value !== undefined && !isNumber) throw wrongWord(value, `'${value.text}' is no time to wait`)
    if (id === '-w') this.#waits = value === undefined || Number.parseInt(value.text, 10) !== 0
    else if (value === undefined) throw wrongWord(at, `${at.text} needs a number of microseconds`)
    else if (Number.parseInt(value.text, 10) > 999999)
      throw wrongWord(value, `${value.text} is too long; it is at most 999999 microseconds`)
    else this.#inSteps = at
  }

  /** @throws HarnessError (`input`) for steps in which nobody waits. */
  finish(): void {
    if (this.#inSteps !== undefined && !this.#waits)
      throw wrongWord(this.#inSteps, `${this.#inSteps.text} needs --wait`)
  }
}
