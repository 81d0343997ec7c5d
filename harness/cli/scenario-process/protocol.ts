import type { Issue } from '../../core/errors.ts'
import type { Loaded } from '../../scenario/load.ts'
import type { MadeFrom } from './made-from.ts'

/**
 * The descriptor on which the loading process sends messages, a line of JSON each: a scenario file may write to
 * standard output itself.
 */
export const channel = 3

export type LoaderMessage =
  /** This file starts to load; after the last one, the result is about to be sent. */
  | { begins: string }
  /** All are loaded, but something is still running. @param busy the files that left something running. */
  | { busy: string[] }
  /** Nothing is left to do. */
  | { loaded: Loaded; madeFrom: MadeFrom }
  /** A file has done something to the process, which ends: what is known by now. */
  | { issues: readonly Issue[] }
