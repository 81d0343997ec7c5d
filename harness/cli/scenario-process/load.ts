import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Issue } from '../../core/errors.ts'
import type { Loaded } from '../../scenario/load.ts'
import { readJsonLines } from '../../sys/processes/json-lines.ts'
import type { MadeFrom } from './made-from.ts'
import type { LoaderMessage } from './protocol.ts'
import { startLoader } from './start-loader.ts'

/** Milliseconds that one file may take to load, and that all of them may keep running afterwards. */
export const loadLimits = { loading: 60_000, atWork: 5_000 }

const mostTries = 20

/**
 * Loads scenario files in a process of their own, so that whatever a file does there cannot end this process or a run.
 * What files print goes to standard error.
 * @param limits for tests.
 */
export async function loadApart(
  files: readonly string[],
  limits = loadLimits,
): Promise<Loaded & { madeFrom: MadeFrom }> {
  const issues: Issue[] = []
  // A file that ends the process takes no other one with it.
  for (let [rest, tries]: [readonly string[], number] = [files, 0]; rest.length > 0 && tries < mostTries; tries += 1) {
    const { end, last } = await loadOnce(rest, limits)
    if ('loaded' in end)
      return { files: end.loaded.files, issues: [...issues, ...end.loaded.issues], madeFrom: end.madeFrom }
    issues.push(...end.issues)
    const wrong = new Set(issues.map(({ file }) => file))
    if (!rest.some((file) => wrong.has(file))) wrong.add(last)
    rest = rest.filter((file) => !wrong.has(file))
  }
  return { files: [], issues, madeFrom: { imports: {}, reads: [] } }
}

type End = Extract<LoaderMessage, { loaded: unknown } | { issues: unknown }>

/** @returns what the process said last, and the file that it came to. */
async function loadOnce(files: readonly string[], limits: typeof loadLimits): Promise<{ end: End; last: string }> {
  const child = startLoader()
  let end: End | undefined
  let last = files[0] ?? ''
  const endAfter = (milliseconds: number, issues: () => readonly Issue[]): NodeJS.Timeout =>
    setTimeout(() => {
      end ??= { issues: issues() }
      child.kill('SIGKILL')
    }, milliseconds)
  const notLoaded = (): Issue[] => [{ file: last, what: `is still loading after ${limits.loading / 1000} s` }]
  let timer = endAfter(limits.loading, notLoaded)
  readJsonLines(
    child.stdio[3] as Readable,
    (value) => {
      const message = value as LoaderMessage
      if ('loaded' in message || 'issues' in message) {
        end ??= message
        return
      }
      clearTimeout(timer)
      if ('begins' in message) last = message.begins
      timer =
        'begins' in message
          ? endAfter(limits.loading, notLoaded)
          : endAfter(limits.atWork, () => stillAtWork(message.busy, files))
    },
    () => {},
  )
  child.stdin?.on('error', () => {}).end(JSON.stringify(files))
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)
  end ??= { issues: [{ file: last, what: `has ended the process that loads it (${signal ?? `exit code ${code}`})` }] }
  return { end, last }
}

function stillAtWork(busy: readonly string[], files: readonly string[]): Issue[] {
  const where = busy.length > 0 ? busy : files
  const what = 'is still at work long after it is loaded, with a timer, a socket or a process'
  return where.map((file) => ({ file, what, hint: 'a scenario file is data: leave nothing running' }))
}
