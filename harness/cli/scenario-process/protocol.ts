import type { Issue } from '../../core/errors.ts'
import type { LoadedFile } from '../../scenario/load.ts'

/** Where the process that loads scenario files tells of it, one line of JSON each: standard output may be written by a file too. */
export const channel = 3

export type LoaderMessage =
  /** From here on it is this file that runs, or all is told that was loaded. */
  | { begins: string }
  /** All are loaded; what they have left to do is waited for. @param busy files after which there was more of it than before. */
  | { busy: string[] }
  /** Nothing is left to do. */
  | { loaded: LoadedFile[] }
  | { issues: readonly Issue[] }
