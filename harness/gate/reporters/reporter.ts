import type { Output } from '../../report/writing/output.ts'
import type { GateReport } from '../approvals/outcome.ts'

export interface GateReporterContext {
  color: boolean
  verbose: boolean
  /** A path as the caller would write it. */
  path: (file: string) => string
  /** The candidate's own file, where its rules come from one. */
  file?: string
}

/** Writes a whole report at once: a gate is done before there is anything to say. */
export type GateReporter = (report: GateReport, output: Output, context: GateReporterContext) => void
