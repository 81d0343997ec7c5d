import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { durationBound, sizeBound } from '../../core/bounds.ts'
import { HarnessError } from '../../core/errors.ts'
import { boundedOutput, mostComplaint } from './bounded-output.ts'
import { compileCache } from '../node/compile-cache.ts'
import { passedOn } from './passed-on.ts'
import { whyNotStarted } from './why-not-started.ts'

/** A program that has ended, or could not be started or finished. */
export interface Finished {
  /** Undefined where it did not end by itself. */
  exitCode: number | undefined
  stdout: string
  stderr: string
  /** Why it did not end by itself: it is missing, took too long, printed too much, or was killed. */
  failure?: string
  /** That was because it took too long. */
  isLate?: true
  /** It could not even be started. */
  notStarted?: true
}

interface ProgramOptions {
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
  /** It enters a network namespace of its own before all else, which it may change. */
  hasOwnNetwork?: boolean
}

const guard = fileURLToPath(new URL('guard-main.js', import.meta.url))
/**
 * What applies rules instead of printing them would change those of the machine itself, which none may (CAP_NET_ADMIN,
 * capabilities(7)).
 */
const withoutNetwork = ['--bounding-set=-net_admin', '--inh-caps=-net_admin']
/**
 * Root needs no more for it than the program has anyway. Anybody else would need a user namespace, in which the program
 * is not quite who it was: sudo(8) and newuidmap(1) do not work there.
 */
const enclosed = (hasOwnNetwork: boolean): string[] => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  ...(hasOwnNetwork ? [] : withoutNetwork),
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--',
]
/** Milliseconds within which a guard ends what it has started; one that a program has stopped is killed then. */
const guardMilliseconds = 2_000

let mayEnclose = process.getuid?.() === 0
let mayBound = mayEnclose

/**
 * Runs a program of somebody else's to its end, never through a shell. Neither it nor anything that it starts outlives
 * that, its limits, or this process, however that ends: root has the kernel see to it, by a PID namespace; for others a
 * process does that stands between this one and the program.
 * @throws HarnessError (`machine`) if no program can be guarded here.
 */
export async function runGuarded(file: string, args: readonly string[], options: ProgramOptions): Promise<Finished> {
  const hasOwnNetwork = options.hasOwnNetwork === true
  if (mayEnclose) {
    const finished = await runOnce(enclosed(hasOwnNetwork), 'enclosed', file, args, options)
    if (finished !== undefined) return finished
    // Root of a container, perhaps, that may make no namespaces.
    mayEnclose = false
  }
  if (mayBound && !hasOwnNetwork) {
    const finished = await runOnce(['setpriv', ...withoutNetwork], 'alone', file, args, options)
    if (finished !== undefined) return finished
    // One without CAP_SETPCAP either.
    mayBound = false
  }
  const finished = await runOnce([], 'alone', file, args, options)
  if (finished !== undefined) return finished
  throw new HarnessError('machine', `the process that guards ${file} does not start`)
}

/** What a guard tells, in this order. */
type ChildMessage = { started: true } | { failed: string } | { code: number | null; signal: NodeJS.Signals | null }

/** @returns undefined if the guard has not got as far as the program. */
async function runOnce(
  before: readonly string[],
  mode: 'enclosed' | 'alone',
  file: string,
  args: readonly string[],
  { cwd, env, input, timeout, maxBuffer, signal }: ProgramOptions,
): Promise<Finished | undefined> {
  // It takes 80 ms to load, and most runs start no program.
  const { execa } = await import('execa')
  // execa starts what is cancelled already, and ends it then: too late for a program that is quick.
  if (signal?.aborted) return { exitCode: undefined, failure: 'it was interrupted', stdout: '', stderr: '' }
  const [first = '', ...words] = [...before, process.execPath, guard, mode]
  const child = execa(first, words, {
    cwd,
    env: { ...passedOn(), ...compileCache() },
    extendEnv: false,
    // In a session of its own, so that what ends the runner's group does not end the guard first.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    input,
    // What it would keep of the outputs it also quotes in an error: 16 MiB hold the runner up for many seconds, and
    // cost it 1 GiB.
    buffer: { stdout: false, stderr: false },
    lines: { fd3: true },
    reject: false,
    timeout,
    ...(signal && { cancelSignal: signal }),
    // unshare(1) blocks SIGTERM, and whoever ends it ends all that is in its namespace.
    killSignal: mode === 'enclosed' ? 'SIGKILL' : 'SIGTERM',
    forceKillAfterDelay: guardMilliseconds,
  })
  const tooMuch = (): void => void child.kill(new TooMuch())
  const stdout = boundedOutput(child.stdout, { kept: maxBuffer, most: maxBuffer, tooMuch })
  const stderr = boundedOutput(child.stderr, { kept: mostComplaint, most: maxBuffer, tooMuch })
  // Half of it is execa's, which takes it for an output.
  const lifeline = child.stdio[3] as Readable & Writable
  // An unshare(1) that is ended just when it forks does not take the guard with it.
  child.nodeChildProcess.once('exit', () => lifeline.end())
  lifeline.write(`${JSON.stringify({ file, args, env })}\n`)
  const { timedOut, isCanceled, cause, stdio } = await child
  const messages = (stdio[3] ?? []).map((line) => JSON.parse(line) as ChildMessage)
  let failure: string | undefined
  if (timedOut) failure = `it took longer than ${durationBound(timeout)}`
  else if (cause instanceof TooMuch) failure = `it printed more than ${sizeBound(maxBuffer)}`
  else if (isCanceled) failure = 'it was interrupted'
  if (messages.length === 0 && failure === undefined) return undefined
  return {
    ...endingOf(messages.at(-1), failure, { file, cwd }),
    stdout: stdout(),
    stderr: stderr(),
    ...(timedOut && { isLate: true as const }),
  }
}

/** Ends a guard whose program prints more than it may. */
class TooMuch extends Error {}

/** A program that is stopped may still exit in a way of its own, so its code says nothing then. */
function endingOf(
  last: ChildMessage | undefined,
  failure: string | undefined,
  { file, cwd }: { file: string; cwd: string },
): Omit<Finished, 'stdout' | 'stderr'> {
  if (failure !== undefined) return { exitCode: undefined, failure }
  if (last === undefined || 'started' in last)
    return { exitCode: undefined, failure: 'it was killed, and its guard with it' }
  if ('failed' in last) return { exitCode: undefined, failure: whyNotStarted(last.failed, file, cwd), notStarted: true }
  return last.signal === null
    ? { exitCode: last.code ?? undefined }
    : { exitCode: undefined, failure: `it was killed by ${last.signal}` }
}
