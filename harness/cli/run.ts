import { availableParallelism } from 'node:os'
import { families } from '../core/address.ts'
import { asHarnessError, exitCodes } from '../core/errors.ts'
import { ExpectedFailures } from '../run/expected-failures.ts'
import { readText } from '../sys/read-text.ts'
import { fromCaller } from './caller.ts'
import { backends } from '../flow/backend.ts'
import { carriedOptions } from './carried-options.ts'
import { command } from './command.ts'
import { readConfig } from './config.ts'
import { readEnvoy } from './envoy.ts'
import { evidenceOptions, openEvidence } from './evidence.ts'
import { exitCodeListener } from './exit-code.ts'
import { interruptible } from './interrupt.ts'
import {
  chooseProxy,
  cleanEnv,
  passedOverLines,
  premisesOf,
  promiseOf,
  readGivenSource,
  readMesh,
  refuseSharedInput,
  snapshotOption,
} from './mesh-and-source.ts'
import { openReport } from './open-report.ts'
import { count, flag, optional, shard, someOf, withDefault } from './option.ts'
import { printStderr, whenClosed } from './output.ts'
import { reporterOptions } from './reporting.ts'
import { describeWithout } from '../run/without.ts'
import { requireWithout, withoutOption } from './without.ts'
import { sandboxesOptions, startSandboxes } from './sandboxes.ts'
import { bugsOption, refuseBesideBugs, scenarioArguments, selectBugs, selectScenarios } from './scenarios.ts'
import { readSelection, selectionOptions } from './selection.ts'

export const run = command({
  positionals: '[SCENARIO...]',
  help: 'runs scenarios; with no name, all',
  details: scenarioArguments,
  // A bug file has its own mesh and rules.
  project: (given) => (given.has('bugs') ? [] : projectOptions),
  options: {
    bugs: bugsOption,
    mesh: optional('NAME[@RELEASE]', "whose promises are held; by default each scenario's newest built-in release", readMesh),
    rules: optional(
      'SRC',
      'whose rules run: osm, osm@1.2, file:PATH (file:- is standard input), exec:COMMAND or image:NAME ARGS; by default those of the mesh',
      (text) => text,
    ),
    'clean-env': cleanEnv,
    config: optional('FILE|-', 'the config that a file: was made from; scenarios with an equal one run', (text) => text),
    without: withoutOption,
    'expected-failures': optional(
      'FILE',
      'a YAML list of ids (a glob) and reason: checks that may fail; one that passes is told',
      (text) => text,
    ),
    ...snapshotOption,
    iptables: withDefault('nft|legacy|all', 'all', 'iptables backends', someOf(backends)),
    family: optional('ipv4|ipv6|all', 'address families; by default all that a scenario speaks of', someOf(families)),
    ...sandboxesOptions,
    envoy: optional(
      'PATH|IMAGE',
      "a real Envoy in the stub's place: a file's name, or that of an image with envoy in it, image:NAME where that could be either; needs Linux 6.3",
      (text) => text,
    ),
    ...selectionOptions,
    shard: optional('I/N', 'part I of N: every check is in one of the parts, which `merge` joins again', shard),
    jobs: optional('N', 'pods under way at once; by default four a processor, with --init-image one', count),
    repeat: withDefault('N', '1', 'how often each check runs', count),
    bail: flag('ends the run at the first check that does not pass'),
    ...evidenceOptions,
    ...reporterOptions,
  },
  async run({ values, positionals, args }) {
    // First of all, so that files of an earlier run are never taken for this run's.
    const report = await openReport(values.reporter, carriedOptions(values), values.verbose)
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
    const { mesh: given, repeat, bail, family, jobs = standardJobs(values) } = values
    const envoy = values.envoy === undefined ? undefined : await readEnvoy(values.envoy, values.sandbox)
    await using sandboxes = await startSandboxes({ ...values, envoy: envoy?.source })
    const config = values.config === undefined ? undefined : await readConfig(values.config)
    const source = await readGivenSource(values, config)
    const chosen = source === undefined ? undefined : await chooseProxy(given, source, config)
    const mesh = chosen?.mesh ?? given
    const without = values.without.length === 0 ? undefined : requireWithout(values.without, source, mesh)
    const known = values['expected-failures']
    const { names, ...wanted } = await readSelection(positionals, values)
    const { scenarios, broken } = values.bugs
      ? { scenarios: await selectBugs(names), broken: [] }
      : await selectScenarios(names, chosen?.profile ?? (mesh && promiseOf(mesh)))
    const evidence = await openEvidence(values)
    const outcome = exitCodeListener()
    const { run } = await import('../run/run.ts')
    try {
      const backends = await sandboxes.backends(values.iptables)
      interrupt.signal.removeEventListener('abort', end)
      await run(
        {
          what: {
            scenarios,
            broken,
            ...(mesh && { mesh }),
            ...(source && { source }),
            ...(config && { config: config.config, podAnnotations: config.podAnnotations }),
            ...(without && { without }),
            backends,
            ...(family && { families: family }),
            ...wanted,
            ...(values.shard && { shard: values.shard }),
          },
          where: sandboxes.where,
          how: {
            ...{ jobs, repeat, bail, saysAll: values.verbose },
            ...(envoy && { envoy: envoy.choice }),
            ...(values['keep-evidence'] !== 'never' && { keepEvidence: values['keep-evidence'] }),
            ...(known !== undefined && {
              expectedFailures: new ExpectedFailures(known, fromCaller(known), readText(fromCaller(known), known)),
            }),
            command: args,
            signal: interrupt.signal,
          },
        },
        (heard) => {
          const event = evidence?.keep(heard) ?? heard
          outcome.listen(event)
          report.listen(event)
          if (event.type === 'start')
            for (const text of [
              ...(chosen && source ? premisesOf(chosen, source) : []),
              ...(without && mesh
                ? [
                    describeWithout(
                      without,
                      scenarios.filter((scenario) => scenario.mesh === mesh.name),
                    ),
                  ]
                : []),
              ...(values.verbose ? passedOverLines(source) : []),
              ...sandboxes.notices,
            ])
              report.listen({ type: 'notice', text })
        },
      )
    } catch (thrown) {
      const error = asHarnessError(thrown)
      if (!report.fail(error)) throw error
      outcome.fault(error)
    }
    for (const failure of [...report.close(), ...(evidence?.failure ? [evidence.failure] : [])]) {
      printStderr(`sidetrack: ${failure.line}\n`)
      outcome.fault(failure)
    }
    return outcome.code()
  },
})

/** What a project file may say of a run. */
const projectOptions = [
  ...['scenarios', 'mesh', 'rules', 'clean-env', 'config', 'without', 'expected-failures', 'iptables', 'family', 'sandbox', 'image'],
  ...['init-image', 'envoy', 'jobs', 'keep-evidence', 'evidence-folder', 'reporter'],
]

/** Most of a pod's time is waiting; starting two containers for each is not. */
function standardJobs({ 'init-image': initImage }: { 'init-image': string | undefined }): number {
  return availableParallelism() * (initImage === undefined ? 4 : 1)
}
