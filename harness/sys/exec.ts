import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { HarnessError } from '../core/errors.ts'
import { collect, mostComplaint } from './collect.ts'
import { compileCache } from './compile-cache.ts'
import { passedOn } from './passed-on.ts'

/** A program that has ended, or could not be started or finished. */
export interface Finished {
  /** Undefined where it did not end by itself. */
  exitCode: number | undefined
  stdout: string
  stderr: string
  /** Why it did not end by itself: it is missing, took too long, printed too much, or was killed. */
  failure?: string
  /** It could not even be started. */
  notStarted?: true
}

export interface ProgramOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Standard input. */
  input: string
  /** Milliseconds after which it is killed. */
  timeout: number
  /** Bytes after which it is killed, of either output. */
  maxBuffer: number
  /** Ends it. */
  signal?: AbortSignal | undefined
}

const guard = fileURLToPath(new URL('guard-main.js', import.meta.url))
/**
 * Root needs no more for it than the program has anyway. Anybody else would need a user namespace, in which the program is not quite
 * who it was: sudo(8) and newuidmap(1) do not work there.
 */
const enclosed = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--']
/** Milliseconds within which a guard ends what it has started; one that a program has stopped is killed then. */
const guardMilliseconds = 2_000

let mayEnclose = process.getuid?.() === 0

/**
 * Runs a program of somebody else's to its end, never through a shell. Neither it nor anything that it starts outlives that, its
 * limits, or this process, however that ends: root has the kernel see to it, by a PID namespace; for others a process does that
 * stands between this one and the program.
 * @throws HarnessError (`machine`) if no program can be guarded here.
 */
export async function runGuarded(file: string, args: readonly string[], options: ProgramOptions): Promise<Finished> {
  if (mayEnclose) {
    const finished = await runOnce(enclosed, 'enclosed', file, args, options)
    if (finished !== undefined) return finished
    // Root of a container, perhaps, that may make no namespaces.
    mayEnclose = false
  }
  const finished = await runOnce([], 'alone', file, args, options)
  if (finished !== undefined) return finished
  throw new HarnessError('machine', `the process that guards ${file} does not start`)
}

/** What a guard tells, in this order. */
type Told = { started: true } | { failed: string } | { code: number | null; signal: NodeJS.Signals | null }

/** @returns undefined if the guard has not got as far as the program. */
async function runOnce(
  before: readonly string[],
  mode: 'enclosed' | 'alone',
  file: string,
  args: readonly string[],
  { cwd, env, input, timeout, maxBuffer, signal }: ProgramOptions,
): Promise<Finished | undefined> {
  const [first = '', ...words] = [...before, process.execPath, guard, mode]
  // In a session of its own, so that what ends the runner's group does not end the guard first.
  const options = { cwd, env: { ...passedOn(), ...compileCache() }, detached: true, stdio: 'pipe' as const }
  const child = spawn(first, words, { ...options, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  const lifeline = child.stdio[3] as Socket
  let failure: string | undefined
  const stop = (why: string): void => {
    failure ??= why
    lifeline.destroy()
    for (const stream of [child.stdout, child.stderr]) stream?.destroy()
    setTimeout(() => child.kill('SIGKILL'), guardMilliseconds).unref()
  }
  const tooMuch = (): void => stop(`it printed more than ${maxBuffer} bytes`)
  const stdout = collect(child.stdout as Readable, { kept: maxBuffer, most: maxBuffer, tooMuch })
  const stderr = collect(child.stderr as Readable, { kept: mostComplaint, most: maxBuffer, tooMuch })
  const told: Told[] = []
  const lines = createInterface(lifeline).on('line', (line) => told.push(JSON.parse(line) as Told))
  // A guard that is gone is known by its end.
  for (const broken of [lines, lifeline, child.stdin]) broken?.on('error', () => {})
  lifeline.write(`${JSON.stringify({ file, args, env })}\n`)
  child.stdin?.end(input)
  const deadline = setTimeout(() => stop(`it took longer than ${timeout} ms`), timeout)
  const interrupt = (): void => stop('it was interrupted')
  signal?.addEventListener('abort', interrupt)
  if (signal?.aborted) interrupt()
  await closed(child)
  clearTimeout(deadline)
  signal?.removeEventListener('abort', interrupt)
  if (told.length === 0 && failure === undefined) return undefined
  return { ...endingOf(told.at(-1), failure), stdout: stdout(), stderr: stderr() }
}

/** Resolves once it has ended, and nobody holds its outputs any more. */
function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve())
    child.once('close', () => resolve())
  })
}

/** A program that is stopped may still exit in a way of its own, so its code says nothing then. */
function endingOf(last: Told | undefined, failure: string | undefined): Omit<Finished, 'stdout' | 'stderr'> {
  if (failure !== undefined) return { exitCode: undefined, failure }
  if (last === undefined || 'started' in last) return { exitCode: undefined, failure: 'it was killed, and its guard with it' }
  if ('failed' in last) {
    return {
      exitCode: undefined,
      failure: last.failed === 'ENOENT' ? 'no such program' : `it could not be started: ${last.failed}`,
      notStarted: true,
    }
  }
  return last.signal === null ? { exitCode: last.code ?? undefined } : { exitCode: undefined, failure: `it was killed by ${last.signal}` }
}
