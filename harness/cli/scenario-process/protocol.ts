import type { Issue } from '../../core/errors.ts'
import type { LoadedFile } from '../../scenario/load.ts'

/** The descriptor on which the loading process sends messages, a line of JSON each: a scenario file may write to standard output itself. */
export const channel = 3

export type LoaderMessage =
  /** This file starts to load; after the last one, the result is about to be sent. */
  | { begins: string }
  /** All are loaded, but something is still running. @param busy the files that left something running. */
  | { busy: string[] }
  /** Nothing is left to do. */
  | { loaded: LoadedFile[] }
  | { issues: readonly Issue[] }
