import type { RunListener } from '../run/events.ts'
import type { ReporterName } from './names.ts'

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
}

/** Writes what it hears of a run. */
export type Reporter = (output: Output, context: ReporterContext) => RunListener

/** Reporters by name, loaded when one is asked for. */
export const reporters: Readonly<Record<ReporterName, () => Promise<Reporter>>> = {
  pretty: async () => (await import('./pretty.ts')).pretty,
  tap: async () => (await import('./tap.ts')).tap,
  json: async () => (await import('./json.ts')).json,
}

/** Colour for a terminal or where FORCE_COLOR asks for it, never with NO_COLOR. */
export function wantsColor(output: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false'
  return output.isTTY === true
}
