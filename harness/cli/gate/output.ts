import type { GateReport } from '../../gate/approvals/outcome.ts'
import { type GateReporterName, gateReporters } from '../../gate/reporters/index.ts'
import { wantsColor } from '../../report/writing/paint.ts'
import { ownFile } from '../../source/own-file.ts'
import { callerDirectory, toCaller } from '../command/caller.ts'
import type { OpenedChoice } from '../options/reporter-choice.ts'

/** Has every reporter write. @param candidate as the caller wrote it. */
export async function writeReports(
  report: GateReport,
  outputs: readonly OpenedChoice<GateReporterName>[],
  verbose: boolean,
  candidate = '',
): Promise<void> {
  const file = ownFile(candidate, callerDirectory())
  for (const { name, file: output } of outputs) {
    const write = await gateReporters[name]()
    const color = output === undefined && wantsColor(process.stdout)
    write(report, output ?? process.stdout, { color, verbose, path: toCaller, ...(file !== undefined && { file }) })
    output?.close()
  }
}
