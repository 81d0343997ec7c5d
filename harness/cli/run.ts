import { availableParallelism } from 'node:os'
import { tellsOfPassed } from '../report/reporters/index.ts'
import { standardPods } from '../sys/open-files.ts'
import { exitCodes } from '../core/errors.ts'
import { carriedOptions } from './carried-options.ts'
import { command } from './command.ts'
import { readEnvoy } from './envoy.ts'
import { interruptible } from './interrupt.ts'
import { refuseSharedInput } from './mesh-and-source.ts'
import { openReport } from './open-report.ts'
import { whenClosed } from './output.ts'
import { runOnce } from './run/once.ts'
import { projectOptions, runOptions } from './run/options.ts'
import { startSandboxes } from './sandboxes.ts'
import { refuseBesideBugs, scenarioArguments } from './scenarios.ts'

export const run = command({
  positionals: '[SCENARIO...]',
  help: 'runs scenarios; with no name, all',
  details: scenarioArguments,
  // A bug file has its own mesh and rules.
  project: (given) => (given.has('bugs') ? [] : projectOptions),
  options: runOptions,
  async run({ values, positionals, args }) {
    // First of all, so that files of an earlier run are never taken for this run's.
    const open = () => openReport(values.reporter, carriedOptions(values), values.verbose)
    const report = await open()
    const end = () => {
      report.abandon(args)
      process.exit(exitCodes.interrupted)
    }
    using interrupt = interruptible(end)
    // Until the run begins there is nothing that could come to an end of its own.
    interrupt.signal.addEventListener('abort', end)
    whenClosed(process.stdout, interrupt.abort)
    refuseSharedInput(values)
    if (values.bugs) refuseBesideBugs(values)
    const { repeat, bail, timeout, jobs = standardJobs(values) } = values
    const envoy = values.envoy === undefined ? undefined : await readEnvoy(values.envoy, values.sandbox)
    await using sandboxes = await startSandboxes({ ...values, envoy: envoy?.source })
    const call = {
      ...{ values, positionals, args, sandboxes },
      manner: {
        jobs,
        repeat,
        bail,
        saysAll: values.verbose,
        ...(!values.reporter.some(({ name }) => tellsOfPassed(name)) && { tracesFailed: true as const }),
        ...(timeout !== undefined && { timeout }),
        ...(envoy && { envoy: envoy.choice }),
      },
      begin: () => interrupt.signal.removeEventListener('abort', end),
    }
    if (!values.watch) return (await runOnce(call, report, interrupt.signal)).code
    const { watchAndRun } = await import('./watch/watch-and-run.ts')
    return await watchAndRun(call, report, open, interrupt.signal)
  },
})

/** Starting two containers for each pod keeps a processor busy. */
function standardJobs({ 'init-image': initImage }: { 'init-image': string | undefined }): number {
  return initImage === undefined ? standardPods() : availableParallelism()
}
