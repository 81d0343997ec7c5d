import { asHarnessError, inputIssues } from '../../core/errors.ts'
import { ExpectedFailures } from '../../run/checks/expected-failures.ts'
import type { Manner, Selection } from '../../run/checks/options.ts'
import { describeWithout } from '../../run/plan/without.ts'
import { readText } from '../../sys/files/read-text.ts'
import { accountNotes } from '../options/accounts.ts'
import { fromCaller } from '../command/caller.ts'
import { readConfig } from '../options/config.ts'
import { openEvidence } from '../options/evidence.ts'
import { exitCodeListener } from '../command/exit-code.ts'
import { promiseOf } from '../options/mesh.ts'
import { chooseProxy, premisesOf } from '../options/proxy.ts'
import { passedOverLines, readGivenSource, requireText } from '../options/source.ts'
import type { OpenReport } from '../options/open-report.ts'
import { printStderr } from '../command/output.ts'
import type { RunValues } from './options.ts'
import { loadApart } from '../scenario-process/load.ts'
import type { Sandboxes } from '../options/sandboxes.ts'
import { selectBugs, selectScenarios } from '../options/scenarios.ts'
import { readSelection } from '../options/selection.ts'
import { requireWithout } from '../options/without.ts'

/** A call of `run`, with what stays while it runs again. */
export interface RunCall {
  values: RunValues
  positionals: readonly string[]
  projectScenarios: readonly string[]
  args: readonly string[]
  sandboxes: Sandboxes
  manner: Omit<Manner, 'command' | 'signal' | 'keepEvidence' | 'expectedFailures'>
  /** Called when the run begins. */
  begin: () => void
}

/** What a run has come to. */
interface Ran {
  /** The exit code; of the last run where nothing was to run. */
  code: number | undefined
  /** Where its scenarios are written. */
  files: readonly string[]
}

/** What of it is read, and runs, where it has run before. */
export interface Part {
  load: typeof loadApart
  touched: NonNullable<Selection['touched']>
}

/**
 * Reads everything that a call names, runs it, and writes its report.
 * @param open opens the report, once it is known that there is something to run. @param part by default all that is selected.
 * @throws HarnessError (`input`) if something is wrong with what is read.
 */
export async function runOnce(
  { values, positionals, projectScenarios, args, sandboxes, manner, begin }: RunCall,
  open: () => Promise<OpenReport>,
  signal: AbortSignal,
  part?: Part,
): Promise<Ran> {
  const { mesh: given, family } = values
  const config = values.config === undefined ? undefined : await readConfig(values.config)
  const source = await readGivenSource(values, config)
  if (config !== undefined) requireText(source)
  const chosen = source === undefined ? undefined : await chooseProxy(given, source, config)
  const mesh = chosen?.mesh ?? given
  const without = values.without.length === 0 ? undefined : requireWithout(values.without, source, mesh)
  const known = values['expected-failures']
  const { names, ...wanted } = await readSelection(positionals, values)
  const { scenarios, broken } = values.bugs
    ? { scenarios: await selectBugs(names), broken: [] }
    : await selectScenarios(names, {
        profile: chosen?.profile ?? (mesh && promiseOf(mesh)),
        load: asked(part?.load),
        project: projectScenarios,
      })
  const files = [...new Set([...scenarios.map(({ location }) => location.file), ...broken.map(({ file }) => file)])]
  if (scenarios.every((scenario) => part?.touched(scenario) === 'not')) {
    if (broken.length > 0) throw inputIssues(broken)
    if (part !== undefined && scenarios.length > 0) return { code: undefined, files }
  }
  const report = await open()
  const evidence = await openEvidence(values)
  const outcome = exitCodeListener()
  const { run } = await import('../../run/schedule/run.ts')
  try {
    const backends = await sandboxes.backends(values.iptables)
    begin()
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
          ...(part && { touched: part.touched }),
        },
        where: sandboxes.where,
        how: {
          ...manner,
          ...(values['keep-evidence'] !== 'never' && { keepEvidence: values['keep-evidence'] }),
          ...(known !== undefined && {
            expectedFailures: new ExpectedFailures(known, fromCaller(known), readText(fromCaller(known), known)),
          }),
          command: args,
          signal,
        },
      },
      (heard) => {
        const event = evidence?.keep(heard) ?? heard
        outcome.listen(event)
        // The rules of all configs are read by then.
        if (event.type === 'end') for (const text of accountNotes(source)) report.listen({ type: 'notice', text })
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
  return { code: outcome.code(), files }
}

/** Has what runs scenarios loaded once the process that loads them has been asked: both take as long. */
const asked =
  (load = loadApart): typeof loadApart =>
  (...call) => {
    const loaded = load(...call)
    import('../../run/schedule/run.ts').catch(() => {})
    return loaded
  }
