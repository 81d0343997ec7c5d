import type { RunListener } from '../../run/events.ts'
import type { Caller } from '../describing/caller.ts'
import type { Output } from '../writing/output.ts'

/** What a reporter must know of the call beside the events. */
export interface ReporterContext extends Caller {
  /** Whether text may be coloured. */
  color: boolean
  /** Whose rules were held to the promises, where it is not the mesh's own builder; its file, where it has one. */
  builder?: { file?: string }
  /** Everything about everything, in place of a screen. */
  verbose: boolean
}

/** Writes what it hears of a run. */
export type Reporter = (output: Output, context: ReporterContext) => RunListener
