import type { Options } from './option.ts'
import { flag, repeatable } from './option.ts'
import { type ReporterName, reporterNames } from '../report/reporters/index.ts'

/** Where results go: a reporter's name and its file, or standard output. */
export interface ReporterChoice {
  name: ReporterName
  file?: string
}

/** The options of every command that produces results. */
export const reporterOptions = {
  reporter: repeatable(
    'NAME[=FILE]',
    `how results are written (${reporterNames.join(', ')}); to a file or standard output (default: pretty)`,
    readReporter,
  ),
  verbose: flag('all of it: every failure in full as it happens, in place of a screen that is grouped by cause'),
} satisfies Options

function readReporter(text: string): ReporterChoice {
  const split = text.indexOf('=')
  const [given, file] = split === -1 ? [text, undefined] : [text.slice(0, split), text.slice(split + 1)]
  const name = reporterNames.find((known) => known === given)
  if (name === undefined) throw new TypeError(`'${given}' is none of ${reporterNames.join(', ')}`)
  if (file === '') throw new TypeError(`'${text}' names no file`)
  return file === undefined ? { name } : { name, file }
}
