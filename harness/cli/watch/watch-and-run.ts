import { dirname, extname } from 'node:path'
import { asHarnessError, exitCodes, type HarnessError } from '../../core/errors.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { plural } from '../../report/writing/plural.ts'
import { ownFile } from '../../source/own-file.ts'
import { callerDirectory, fromCaller, toCaller } from '../caller.ts'
import { linesOf } from '../error-lines.ts'
import type { OpenReport } from '../open-report.ts'
import { print, printStderr } from '../output.ts'
import { type RunCall, runOnce } from '../run/once.ts'
import { SavedFiles } from './saved-files.ts'

/**
 * Runs, and runs again whenever a file is saved that the call depends on: of a saved scenario file its own scenarios,
 * of anything else (rules, config, builder, what they are made of) all of them. The sandbox stays.
 * @param first the report of the first run, which is open already. @param open opens that of each further one.
 * @param signal ends it, and a run that is under way.
 * @returns the exit code of the last run.
 */
export async function watchAndRun(
  call: RunCall,
  first: OpenReport,
  open: () => Promise<OpenReport>,
  signal: AbortSignal,
): Promise<number> {
  const written = new Set(call.values.reporter.flatMap(({ file }) => (file === undefined ? [] : [fromCaller(file)])))
  const beside = dependencies(call)
  let scenarioFiles: ReadonlySet<string> = new Set()
  using saved = new SavedFiles((path) => !written.has(path) && isAlike(path, [...scenarioFiles, ...beside]))
  saved.add(beside)
  let [code, report, touched]: [number, OpenReport, ReadonlySet<string> | undefined] = [exitCodes.ok, first, undefined]
  for (;;) {
    const next = saved.next(signal)
    // What is saved meanwhile ends the run: its verdicts would be of yesterday.
    const outdated = new AbortController()
    void next.then(() => outdated.abort())
    try {
      const ran = await runOnce(call, report, AbortSignal.any([signal, outdated.signal]), ofThose(touched))
      scenarioFiles = new Set(ran.files)
      code = ran.code
    } catch (thrown) {
      const error = asHarnessError(thrown)
      code = tell(error)
      // What does not load is to be heard of once it is mended, and so is what it was before.
      scenarioFiles = new Set([...scenarioFiles, ...error.issues.map(({ file }) => file)])
    }
    saved.add([...scenarioFiles])
    if (signal.aborted) return code
    const count = new Set([...scenarioFiles, ...beside]).size
    print(`\nwatching ${plural(count, 'file')}; Ctrl-C ends it\n`)
    const changed = await next
    if (changed.size === 0) return code
    touched = [...changed].every((file) => scenarioFiles.has(file)) ? changed : undefined
    print(`\nsaved: ${[...changed].map(toCaller).join(', ')}\n`)
    report = await open()
  }
}

/**
 * One of these files, or one beside them of the same kind, which they may load: a builder's own cache or log is none.
 */
function isAlike(path: string, known: readonly string[]): boolean {
  const kind = extname(path)
  return (
    known.includes(path) ||
    (kind !== '' && known.some((file) => dirname(file) === dirname(path) && extname(file) === kind))
  )
}

/** Files beside the scenarios that decide what becomes of a run. */
function dependencies({ values: { rules, config, 'expected-failures': expected, mesh } }: RunCall): string[] {
  const own = rules === undefined ? undefined : ownFile(rules, callerDirectory)
  const named = [config === '-' ? undefined : config, expected, mesh?.file].flatMap((file) =>
    file === undefined ? [] : [fromCaller(file)],
  )
  return [...named, ...(own === undefined ? [] : [own])]
}

function ofThose(
  files: ReadonlySet<string> | undefined,
): ((scenarios: readonly Scenario[]) => readonly Scenario[]) | undefined {
  if (files === undefined) return undefined
  return (scenarios) => scenarios.filter(({ location }) => files.has(location.file))
}

function tell(error: HarnessError): number {
  for (const line of linesOf(error)) printStderr(`sidetrack: ${line}\n`)
  return exitCodes[error.fault]
}
