import { HarnessError } from '../../core/errors.ts'
import { place } from '../../iptables/expand.ts'

/** Characters taken out of a line: from this column of what is left on, the file's columns are larger by so many. */
export interface Shift {
  /** From 1. */
  from: number
  by: number
}

/** Where in a file the columns of a cleaned text are; lines are the same in both. */
export class Columns {
  readonly #lines: readonly (readonly (readonly Shift[])[])[]

  /** @param lines what was taken out of each, step by step. */
  constructor(lines: readonly (readonly (readonly Shift[])[])[]) {
    this.#lines = lines
  }

  /** @param line and column of the cleaned text, from 1. @returns the file's column. */
  inFile(line: number, column: number): number {
    const steps = this.#lines[line - 1] ?? []
    return steps.reduceRight((at, step) => step.reduce((sum, { from, by }) => (from <= at ? sum + by : sum), at), column)
  }

  /** An error of whoever read the cleaned text, whose message begins with a place: with that place made the file's. */
  locate(error: HarnessError): HarnessError {
    const message = error.message.replace(/^line (\d+), column (\d+)(?=:)/, (_, line: string, column: string) =>
      place(Number(line), this.inFile(Number(line), Number(column))),
    )
    if (message === error.message) return error
    return new HarnessError(error.fault, message, { cause: error, ...(error.hint !== undefined && { hint: error.hint }) })
  }
}
