import { existsSync } from 'node:fs'
import { asHarnessError, exitCodes, type HarnessError } from '../../core/errors.ts'
import { plural } from '../../core/plural.ts'
import { toCaller } from '../command/caller.ts'
import type { Call } from '../command/command.ts'
import { linesOf } from '../command/error-lines.ts'
import type { OpenReport } from '../options/open-report.ts'
import { print, printStderr } from '../command/output.ts'
import { runOnce } from '../run/once.ts'
import type { runOptions } from '../run/options.ts'
import type { Prepared } from '../run/prepared.ts'
import { spareLoaders } from '../scenario-process/start-loader.ts'
import { KnownFiles } from './known-files.ts'
import { SavedFiles } from './saved-files.ts'
import { Watched } from './watched.ts'

type WatchedCall = Call<typeof runOptions>

/** What a run that watches is given. */
interface Watching {
  prepared: Prepared
  /** The report of the first run, which is open already. */
  first: OpenReport
  /** Opens that of a further one. */
  open: (call: WatchedCall) => Promise<OpenReport>
  /** Until a run begins, an interrupt ends the process at once. */
  arm: () => void
  disarm: () => void
  /** Ends it, and a run that is under way. */
  signal: AbortSignal
}

/**
 * Runs, and runs again whenever a file is saved that the call depends on: of a scenario file, and of what it is made
 * from, its scenarios; of anything else (rules, config, builder, the project) all of them. The sandbox stays.
 * @returns the exit code of the last run.
 */
export async function watchAndRun(
  call: WatchedCall,
  { prepared, first, open, arm, disarm, signal }: Watching,
): Promise<number> {
  using _ = spareLoaders()
  const known = new KnownFiles()
  let watched = new Watched(call)
  /** Files of scenarios that are data, and what did not load. */
  let further = new Set<string>()
  const sources = (): ReadonlySet<string> => known.sources.union(further)
  using saved = new SavedFiles((path) => watched.matters(path, sources()), signal)
  let report = async (): Promise<OpenReport> => first
  let [code, isCallWrong]: [number, boolean] = [exitCodes.ok, false]
  const listen = (): void => {
    saved.add([...watched.files, ...sources()])
    for (const folder of watched.folders) saved.addFolder(folder)
  }
  listen()
  for (;;) {
    const next = saved.next()
    // What is saved meanwhile ends the run: its verdicts would be of yesterday.
    const outdated = new AbortController()
    void next.then(() => outdated.abort())
    try {
      if (isCallWrong) {
        call = await call.again()
        isCallWrong = false
        watched = new Watched(call)
        listen()
      }
      const ready = await prepared.call(call)
      const ran = await runOnce(ready, report, AbortSignal.any([signal, outdated.signal]), known)
      further = new Set(ran.files)
      code = ran.code ?? code
      if (!outdated.signal.aborted) known.done()
    } catch (thrown) {
      const error = asHarnessError(call.place(thrown))
      code = exitCodes[error.fault]
      if (!outdated.signal.aborted) tell(error)
      // What does not load is to be heard of once it is mended, and so is what it was before.
      further = new Set([...further, ...error.issues.map(({ file }) => file)])
    }
    // A sandbox that has ended would end every further run.
    if (code === exitCodes.machine || code === exitCodes.sidetrack) await prepared[Symbol.asyncDispose]()
    disarm()
    listen()
    if (signal.aborted) return code
    if (!outdated.signal.aborted)
      print(`\nwatching ${plural(thoseThere([...sources(), ...watched.files]), 'file')}; Ctrl-C ends it\n`)
    const changed = await next
    if (changed.size === 0) return code
    arm()
    print(`\nsaved: ${[...changed].map(toCaller).join(', ')}\n`)
    isCallWrong ||= watched.decidesCall(changed)
    known.begin(changed, isCallWrong || watched.decidesRun(changed))
    report = () => open(call)
  }
}

const thoseThere = (files: readonly string[]): number => new Set(files.filter((file) => existsSync(file))).size

function tell(error: HarnessError): void {
  for (const line of linesOf(error)) printStderr(`sidetrack: ${line}\n`)
}
