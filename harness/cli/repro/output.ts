import type { ReproReport } from '../../repro/table/report.ts'
import { OutputFile } from '../../report/writing/output-file.ts'
import { printable, printableJson } from '../../report/writing/printable.ts'
import { fromCaller } from '../command/caller.ts'
import { type Option, repeatable } from '../command/option.ts'
import { print, printCommands } from '../command/output.ts'
import { type ChoiceOf, refuseSharedOutput, reporterAmong } from '../options/reporter-choice.ts'

const formatNames = ['pretty', 'json', 'sarif', 'html', 'github'] as const
type FormatName = (typeof formatNames)[number]

/** Where a report goes: a format's name and its file, or standard output. */
type FormatChoice = ChoiceOf<FormatName>

export const reporterOption: Option<FormatChoice[]> = repeatable(
  'NAME[=FILE]',
  `how results are written (${formatNames.join(', ')}); to a file or standard output (default: pretty)`,
  reporterAmong(formatNames),
)

/** Files that are written when the report is there; what an earlier call has left in them is removed. */
export class ReproOutputs {
  readonly #outputs: { choice: FormatChoice; file?: OutputFile }[]

  /** @throws HarnessError (`input`) if two write to standard output, or a file cannot be written. */
  constructor(choices: readonly FormatChoice[]) {
    const chosen: readonly FormatChoice[] = choices.length === 0 ? [{ name: 'pretty' }] : choices
    refuseSharedOutput(chosen)
    this.#outputs = chosen.map((choice) =>
      choice.file === undefined
        ? { choice }
        : { choice, file: new OutputFile(fromCaller(choice.file), `--reporter ${choice.name}=${choice.file}`) },
    )
    for (const { file } of this.#outputs) file?.discardOld()
  }

  /** @param file the rules' own, relative to the caller. */
  async write(report: ReproReport, file: string | undefined, verbose: boolean, version: string): Promise<void> {
    for (const { choice, file: output } of this.#outputs) {
      const text = await formatted(choice.name, report, file, verbose, version)
      if (output === undefined) (choice.name === 'github' ? printCommands : print)(text)
      else {
        output.write(text)
        output.close()
      }
    }
  }
}

async function formatted(
  name: FormatName,
  report: ReproReport,
  file: string | undefined,
  verbose: boolean,
  version: string,
): Promise<string> {
  const json = (value: unknown): string => `${printableJson(JSON.stringify(value, null, 2))}\n`
  switch (name) {
    case 'pretty':
      return printable((await import('../../repro/formats/text.ts')).reproText(report, verbose))
    case 'json':
      return json((await import('../../repro/formats/json.ts')).reproJson(report))
    case 'sarif':
      return json((await import('../../repro/formats/sarif.ts')).reproSarif(report, file, version))
    case 'html':
      return (await import('../../repro/formats/html.ts')).reproHtml(report)
    case 'github':
      return (await import('../../repro/formats/github.ts')).reproGithub(report, file)
  }
}
