import type { RunListener } from '../run/events.ts'

/** Where a reporter writes: standard output, or what becomes a file. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean | undefined
  columns?: number | undefined
}

/** What a reporter must know of the call beside the events. */
export interface ReporterContext {
  /** Whether text may be coloured. */
  color: boolean
  /** A file as the caller would write it. */
  path(file: string): string
  /** How the caller starts Sidetrack: `npm run -s sidetrack --` or `npx sidetrack`. */
  program: string
  /** The options of this call that decide whose rules and promises a check is about: a command that runs it again needs them. */
  carried: readonly string[]
  /** Whose rules were held to the promises, where it is not the mesh's own builder; its file, where it has one. */
  builder?: { file?: string }
  /** Everything about everything, in place of a screen. */
  verbose: boolean
}

/** Writes what it hears of a run. */
export type Reporter = (output: Output, context: ReporterContext) => RunListener
