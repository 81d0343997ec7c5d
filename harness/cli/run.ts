import { exitCodes } from '../core/errors.ts'
import { carriedOptions } from './run/carried-options.ts'
import { type Call, command } from './command/command.ts'
import { interruptible } from './command/interrupt.ts'
import { type OpenReport, openReport } from './options/open-report.ts'
import { whenClosed } from './command/output.ts'
import { runOnce } from './run/once.ts'
import { projectOptions, runOptions } from './run/options.ts'
import { Prepared } from './run/prepared.ts'
import { scenarioArguments } from './options/scenarios.ts'

export const run = command({
  positionals: '[SCENARIO...]',
  help: 'runs scenarios; with no name, all',
  details: scenarioArguments,
  // A bug file has its own mesh and rules.
  project: (given) => (given.has('bugs') ? [] : projectOptions),
  options: runOptions,
  async run(call) {
    let report: OpenReport
    const open = async ({ values }: Call<typeof runOptions>): Promise<OpenReport> => {
      report = await openReport(values.reporter, carriedOptions(values), values.verbose)
      return report
    }
    // First of all, so that files of an earlier run are never taken for this run's.
    const first = await open(call)
    const end = () => {
      report.abandon(call.args)
      process.exit(exitCodes.interrupted)
    }
    using interrupt = interruptible(end)
    // Until a run begins there is nothing that could come to an end of its own.
    const arm = () => interrupt.signal.addEventListener('abort', end)
    arm()
    whenClosed(process.stdout, interrupt.abort)
    const disarm = () => interrupt.signal.removeEventListener('abort', end)
    await using prepared = new Prepared(disarm)
    if (!call.values.watch) {
      const { code = exitCodes.ok } = await runOnce(await prepared.call(call), async () => first, interrupt.signal)
      return code
    }
    const { watchAndRun } = await import('./watch/watch-and-run.ts')
    return await watchAndRun(call, { prepared, first, open, arm, disarm, signal: interrupt.signal })
  },
})
