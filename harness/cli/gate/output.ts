import { inputError } from '../../core/errors.ts'
import type { GateReport } from '../../gate/approvals/outcome.ts'
import { gateReporters } from '../../gate/reporters/index.ts'
import { OutputFile } from '../../report/writing/output-file.ts'
import { wantsColor } from '../../report/writing/paint.ts'
import { ownFile } from '../../source/own-file.ts'
import { callerDirectory, fromCaller, toCaller } from '../command/caller.ts'
import { refuseSharedOutput } from '../options/reporter-choice.ts'
import type { GateReporterChoice } from './options.ts'

/** A reporter with the file that it writes. */
type Opened = GateReporterChoice & { output: OutputFile | undefined }

/** Files of an earlier call are never taken for this one's. */
export function openOutputs(chosen: readonly GateReporterChoice[]): Opened[] {
  const choices: readonly GateReporterChoice[] = chosen.length === 0 ? [{ name: 'pretty' }] : chosen
  refuseSharedOutput(choices)
  const paths = choices.flatMap(({ file }) => (file === undefined ? [] : [fromCaller(file)]))
  if (new Set(paths).size < paths.length)
    throw inputError('--reporter', 'two of them write to one file', 'give each a file of its own')
  return choices.map(({ name, file }) => {
    const output = file === undefined ? undefined : new OutputFile(fromCaller(file), `--reporter ${name}=${file}`)
    output?.discardOld()
    return { name, output }
  })
}

/** Has every reporter write. @param candidate as the caller wrote it. */
export async function writeReports(
  report: GateReport,
  outputs: readonly Opened[],
  verbose: boolean,
  candidate = '',
): Promise<void> {
  const file = ownFile(candidate, callerDirectory)
  for (const { name, output } of outputs) {
    const write = await gateReporters[name]()
    const color = output === undefined && wantsColor(process.stdout)
    write(report, output ?? process.stdout, { color, verbose, path: toCaller, ...(file !== undefined && { file }) })
    output?.close()
  }
}
