import type { FormatOptions } from '../../repro/formats/format.ts'
import { type ReproFormatName, reproFormatNames, reproFormats } from '../../repro/formats/index.ts'
import type { ReproReport } from '../../repro/table/report.ts'
import { type Option, repeatable } from '../command/option.ts'
import { type ChoiceOf, type OpenedChoice, reporterAmong } from '../options/reporter-choice.ts'

export const reporterOption: Option<ChoiceOf<ReproFormatName>[]> = repeatable(
  'NAME[=FILE]',
  `how results are written (${reproFormatNames.join(', ')}); to a file or standard output (default: pretty)`,
  reporterAmong(reproFormatNames),
)

/** Has every format write. @param options what they need beside the report. */
export async function writeReport(
  report: ReproReport,
  outputs: readonly OpenedChoice<ReproFormatName>[],
  options: FormatOptions,
): Promise<void> {
  for (const { name, file } of outputs) {
    const format = await reproFormats[name]()
    const output = file ?? process.stdout
    output.write(format(report, options))
    file?.close()
  }
}
