import type { Family } from '../../core/address.ts'

/** What a caller says of a captured text. */
export interface CaptureOptions {
  /** The family of a payload that names none. */
  family?: Family | undefined
  /** What has said so, in messages; by default `--family`. */
  familyBy?: string | undefined
  /** Which of several snapshots of a table is read, from 1; by default the last. */
  snapshot?: number | undefined
  /** What is missing in a damaged text is assumed, and said. */
  complete?: boolean | undefined
  /** A scenario's own text, which is loaded as it stands. */
  isWritten?: true
}
