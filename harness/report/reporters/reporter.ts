import type { RunListener } from '../../run/schedule/events.ts'
import type { Caller } from '../describing/caller.ts'
import type { Output } from '../writing/output.ts'

/** What a reporter knows about the call, besides the events. */
export interface ReporterContext extends Caller {
  /** Whether text may be coloured. */
  color: boolean
  /** Whose rules were held to the promises, where it is not the mesh's own builder; its file, where it has one. */
  builder?: { file?: string }
  /** Show everything instead of what fits on a screen. */
  verbose: boolean
}

/** Turns the events of a run into output. */
export type Reporter = (output: Output, context: ReporterContext) => RunListener
