import type { ReproReport } from '../table/report.ts'

/** What a format needs beside the report. */
export interface FormatOptions {
  /** The rules' own file, relative to the repository; undefined for standard input and builders. */
  file: string | undefined
  /** Unfolds what is folded. */
  verbose: boolean
  /** Sidetrack's own. */
  version: string
}

/** @returns a report as text, in which nothing controls a terminal or the log of a CI job. */
export type ReproFormat = (report: ReproReport, options: FormatOptions) => string
