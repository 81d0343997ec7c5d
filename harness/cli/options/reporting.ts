import type { Options } from '../command/option.ts'
import { flag, repeatable } from '../command/option.ts'
import { type ChoiceOf, reporterAmong } from './reporter-choice.ts'
import { type ReporterName, reporterNames } from '../../report/reporters/index.ts'

/** Where results go: a reporter's name and its file, or standard output. */
export type ReporterChoice = ChoiceOf<ReporterName>

/** The options of every command that produces results. */
export const reporterOptions = {
  reporter: repeatable(
    'NAME[=FILE]',
    `how results are written (${reporterNames.join(', ')}); to a file or standard output (default: pretty)`,
    reporterAmong(reporterNames),
  ),
  verbose: flag('all of it: every failure in full as it happens, in place of a screen that is grouped by cause'),
} satisfies Options
