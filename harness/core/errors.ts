/** Whose fault an error is; it decides the exit code (`exitCodes`). */
export type Fault = 'rules' | 'input' | 'machine' | 'sidetrack'

/** What a process of Sidetrack's exits with, by fault. `failed` is for behaviour that is not as expected. */
export const exitCodes = { ok: 0, failed: 1, rules: 1, input: 2, machine: 3, sidetrack: 4, interrupted: 130 } as const

interface HarnessErrorOptions {
  /** How to mend it: one sentence or one command. */
  hint?: string
  /** What it keeps from running is skipped: nothing is wrong but that this machine has bounds, or that nothing is promised. */
  skips?: true
  cause?: unknown
  issues?: readonly Issue[]
}

/** One thing that is wrong with an input file. */
export interface Issue {
  /** Absolute. */
  file: string
  /** From 1; absent where it is not known. */
  line?: number
  /** From 1; absent where the line is all that is known. */
  column?: number
  /** The field and what is wrong with it. */
  what: string
  hint?: string
}

/** The one error class of the harness: whose fault it is, what is wrong and where (message), how to mend it (hint). */
export class HarnessError extends Error {
  readonly fault: Fault
  readonly hint: string | undefined
  /** All that is wrong, where several things are: each of them is a line to the user. */
  readonly issues: readonly Issue[]
  readonly skips: boolean

  constructor(fault: Fault, message: string, options: HarnessErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'HarnessError'
    this.fault = fault
    this.hint = options.hint
    this.issues = options.issues ?? []
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

/** A message is not for a million lines; whoever prints one by one has all issues. */
const mostInMessage = 100

/**
 * Input files are invalid, in one place or in many. They are told in the order of files and lines, each once.
 * @param issues at least one.
 */
export function inputIssues(issues: readonly Issue[]): HarnessError {
  const told = new Map(issues.map((issue) => [formatIssue(issue, issue.file), issue]))
  const sorted = [...told.values()].sort((a, b) =>
    a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1,
  )
  if (sorted.length === 0) throw new TypeError('nothing is wrong')
  const lines = sorted.slice(0, mostInMessage).map((issue) => formatIssue(issue, issue.file))
  return new HarnessError('input', lines.join('\n'), { issues: sorted })
}

/** `file:line:column: what is wrong; how to mend it`. @param file as the user would write it. */
export function formatIssue({ line, column, what, hint }: Issue, file: string): string {
  const place = line === undefined ? '' : column === undefined ? `:${line}` : `:${line}:${column}`
  return `${file}${place}: ${what}${hint === undefined ? '' : `; ${hint}`}`
}

/** Makes anything thrown into a HarnessError; what is not one already is a fault of Sidetrack's own. */
export function asHarnessError(thrown: unknown): HarnessError {
  if (thrown instanceof HarnessError) return thrown
  // What went wrong first says more than that it could not be tidied up after.
  if (thrown instanceof SuppressedError) return asHarnessError(thrown.suppressed)
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new HarnessError('sidetrack', message, { cause: thrown })
}
