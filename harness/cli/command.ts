import type { Options, Values } from './option.ts'

/** One command: its table of options, and what it does with them. */
export interface Command<O extends Options = Options> {
  /** What may follow the name, such as `[SCENARIO...]`; without it, nothing but options. */
  positionals?: string
  /** What it does, in one line of the overview. */
  help: string
  /** What its own help adds. */
  details?: string
  options: O
  /** @returns the exit code. @throws HarnessError for a call or a machine that does not do. */
  run(call: { values: Values<O>; positionals: readonly string[]; args: readonly string[] }): Promise<number>
}

/** Gives a command the type of its own table. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command
}
