import { isDeepStrictEqual } from 'node:util'
import { inputError } from '../core/errors.ts'
import { readText } from '../sys/files/read-text.ts'
import { fromCaller } from './command/caller.ts'
import { command } from './command/command.ts'
import { exitCodeListener } from './command/exit-code.ts'
import { largestReport } from './options/largest-report.ts'
import { openReport } from './options/open-report.ts'
import { printStderr } from './command/output.ts'
import { reporterOptions } from './options/reporting.ts'

export const merge = command({
  positionals: 'REPORT...',
  help: 'joins JSON reports, of shards or of several runs, and ends as one run of them all would',
  details:
    'A REPORT is what --reporter json=FILE wrote. Of a run that was split by --shard every shard must be there, once.\n' +
    'Reports of other runs may be joined to it where they ran other checks, or the same ones elsewhere. Default: --reporter json.',
  options: reporterOptions,
  async run({ values, positionals, args }) {
    if (positionals.length === 0) throw inputError('merge', 'names no report', 'write merge REPORT...')
    const { mergedEvents } = await import('../report/reading/merge.ts')
    const { readReport } = await import('../report/reading/read-report.ts')
    const reports = positionals.map((name) =>
      readReport(name, readText(fromCaller(name), name, { largest: largestReport }), fromCaller),
    )
    const events = mergedEvents(reports, args)
    const [first, ...others] = reports
    const carried = others.every((other) => isDeepStrictEqual(other.carried, first?.carried)) ? first?.carried : []
    const report = await openReport(
      values.reporter.length === 0 ? [{ name: 'json' }] : values.reporter,
      carried ?? [],
      values.verbose,
    )
    const outcome = exitCodeListener()
    for (const event of events) {
      outcome.listen(event)
      report.listen(event)
    }
    for (const failure of report.close()) {
      printStderr(`sidetrack: ${failure.line}\n`)
      outcome.fault(failure)
    }
    return outcome.code()
  },
})
