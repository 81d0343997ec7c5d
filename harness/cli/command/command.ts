import type { Given, Options, Values } from './option.ts'

/** One command: its table of options, and what it does with them. */
export interface Command<O extends Options = Options> {
  /** What may follow the name, such as `[SCENARIO...]`; without it, nothing but options. */
  positionals?: string
  /** What it does, in one line of the overview. */
  help: string
  /** What its own help adds. */
  details?: string
  options: O
  /** What of a call a project file may say: names of options, and `scenarios`. */
  project?: (given: Given) => readonly string[]
  /** @returns the exit code. @throws HarnessError if the call is wrong or the machine cannot run it. */
  run(call: Call<O>): Promise<number>
}

/** A call of a command, with what a project file says in it. */
export interface Call<O extends Options = Options> {
  values: Values<O>
  positionals: readonly string[]
  args: readonly string[]
  /** Where a project has scenarios of its own. */
  projectScenarios: readonly string[]
  /** The files that it was read from, where a project file has a say; absolute, and one of them may not be there. */
  madeFrom: readonly string[]
  /** Says in which field of a project file the cause of an error stands, if it does. */
  place: (error: unknown) => unknown
  /** Reads it anew. @throws HarnessError (`input`) as the first time. */
  again(): Promise<Call<O>>
}

/** Gives a command the type of its own table. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command
}
