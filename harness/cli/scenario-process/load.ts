import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { inputIssues, type Issue } from '../../core/errors.ts'
import type { LoadedFile } from '../../scenario/load.ts'
import { readJsonLines } from '../../sys/json-lines.ts'
import { findTool } from '../../sys/requirements.js'
import { thisNode } from '../../sys/this-node.ts'
import type { LoaderMessage } from './protocol.ts'

const program = fileURLToPath(new URL(`main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))

/** Milliseconds that one file may take to load, and that all of them may keep running afterwards. */
export const loadLimits = { loading: 60_000, atWork: 5_000 }

const mostTries = 20

/**
 * Loads scenario files in a process of their own, so that whatever a file does there cannot end this process or a run. What files print
 * goes to standard error.
 * @param limits for tests.
 * @throws HarnessError (`input`) with all that is wrong with any of them.
 */
export async function loadApart(files: readonly string[], limits = loadLimits): Promise<readonly LoadedFile[]> {
  if (files.length === 0) return []
  const issues: Issue[] = []
  // A file that ends the process does not hide the problems of the files after it.
  for (let [rest, tries]: [readonly string[], number] = [files, 0]; rest.length > 0 && tries < mostTries; tries += 1) {
    const { end, last } = await loadOnce(rest, limits)
    if ('loaded' in end) {
      if (issues.length === 0) return end.loaded
      break
    }
    issues.push(...end.issues)
    rest = rest.slice(rest.indexOf(last) + 1)
  }
  throw inputIssues(issues)
}

type End = Extract<LoaderMessage, { loaded: unknown } | { issues: unknown }>

/** @returns what the process said last, and the file that it came to. */
async function loadOnce(files: readonly string[], limits: typeof loadLimits): Promise<{ end: End; last: string }> {
  // It ends with this process, even from an endless loop.
  const setpriv = findTool('setpriv')
  const [command = '', ...args] = [...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL']), ...thisNode, program]
  const child = spawn(command, args, { stdio: ['pipe', 2, 2, 'pipe'], env: { ...process.env, ...compileCache() } })
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
      timer = 'begins' in message ? endAfter(limits.loading, notLoaded) : endAfter(limits.atWork, () => stillAtWork(message.busy, files))
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

/** Files are loaded with the compile cache that this process uses, if it does. */
function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}
