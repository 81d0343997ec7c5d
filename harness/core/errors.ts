/** Whose fault an error is; it decides the exit code (`exitCodes`). */
export type Fault = 'rules' | 'input' | 'machine' | 'sidetrack'

/** What a process of Sidetrack's exits with, by fault. `failed` is for behaviour that is not as expected. */
export const exitCodes = { ok: 0, failed: 1, rules: 1, input: 2, machine: 3, sidetrack: 4, interrupted: 130 } as const

interface HarnessErrorOptions {
  /** How to mend it: one sentence or one command. */
  hint?: string
  /** What it keeps from running is skipped: nothing is wrong but that this machine has bounds. */
  skips?: true
  cause?: unknown
}

/** The one error class of the harness: whose fault it is, what is wrong and where (message), how to mend it (hint). */
export class HarnessError extends Error {
  readonly fault: Fault
  readonly hint: string | undefined
  readonly skips: boolean

  constructor(fault: Fault, message: string, options: HarnessErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'HarnessError'
    this.fault = fault
    this.hint = options.hint
    this.skips = options.skips ?? false
  }

  /** The one line a user sees. */
  get line(): string {
    return this.hint === undefined ? this.message : `${this.message}; ${this.hint}`
  }
}

/** The call or one of its input files is invalid. @param where `file`, `file:line` or the option's name. */
export function inputError(where: string, what: string, hint?: string): HarnessError {
  return new HarnessError('input', `${where}: ${what}`, hint === undefined ? {} : { hint })
}

/** Makes anything thrown into a HarnessError; what is not one already is a fault of Sidetrack's own. */
export function asHarnessError(thrown: unknown): HarnessError {
  if (thrown instanceof HarnessError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new HarnessError('sidetrack', message, { cause: thrown })
}
