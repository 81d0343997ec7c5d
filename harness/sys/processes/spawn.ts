import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { formatDuration, within } from '../../core/deadline.ts'
import { HarnessError } from '../../core/errors.ts'
import { checked, memfdCreate, waitpid } from '../libc/libc.ts'
import { posixSpawn } from './posix-spawn.ts'
import { spawnIn } from './spawner.ts'

/** How a program ended. */
export interface Ended {
  /** As a shell would say it: 128 and the signal's number for one that was killed. */
  exitCode: number
  /** Standard output and standard error together, as they came. */
  output: string
  /** The signal that killed it. */
  signal?: NodeJS.Signals
  /** It was killed because it had not ended in time. */
  isLate?: true
}

export interface SpawnOptions {
  /** Its standard input. */
  input: string
  env: Readonly<Record<string, string | undefined>>
  /** A descriptor of the network namespace that it runs in; without, it is the calling thread's. */
  namespace?: number
  /** Milliseconds after which it is killed, and within which it is to have started. */
  timeout: number
  /** Kills it. */
  signal?: AbortSignal
}

const WNOHANG = 1
const MFD_CLOEXEC = 1
const longestInterval = 0x7fffffff
const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]))

const running = new Map<number, (status: number) => void>()
/**
 * Runs a program to its end by posix_spawn(3), never through a shell. Node would fork, which copies the page tables of
 * the whole process and has every page that is written later copied too: 1.4 ms a start in place of 0.4 ms, and the
 * agent starts a thousand programs a run.
 * @throws SystemCallError if it cannot be started; HarnessError (`sidetrack`) if that is not known in time.
 */
export async function spawnProgram(
  file: string,
  args: readonly string[],
  { input, env, namespace, timeout, signal }: SpawnOptions,
): Promise<Ended> {
  const stdin = checked(memfdCreate('stdin', MFD_CLOEXEC), 'memfd_create')
  let output: number | undefined
  try {
    output = checked(memfdCreate('output', MFD_CLOEXEC), 'memfd_create')
    keepAwake()
    const late = () => new HarnessError('sidetrack', `${file} has not been started for ${formatDuration(timeout)}`)
    if (input !== '') writeAll(stdin, Buffer.from(input))
    const program = { file, args, env, descriptors: [stdin, output, output] }
    const pid = namespace === undefined ? posixSpawn(program) : await within(timeout, spawnIn(namespace, program), late)
    return await awaitEnd(pid, output, timeout, signal)
  } finally {
    if (output !== undefined) closeSync(output)
    closeSync(stdin)
    letSleep()
  }
}

async function awaitEnd(pid: number, output: number, timeout: number, signal: AbortSignal | undefined): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<number>()
  running.set(pid, resolve)
  let isLate = false as boolean
  const kill = (): void => void process.kill(pid, 'SIGKILL')
  const killer = setTimeout(() => {
    // One that has ended is not late, however its end has gone unnoticed: nothing would tell of it any more.
    reap()
    if (!running.has(pid)) return
    isLate = true
    kill()
  }, timeout)
  signal?.addEventListener('abort', kill)
  if (signal?.aborted) kill()
  // Its end may have been signalled before anybody knew its PID.
  reap()
  const status = await promise
  clearTimeout(killer)
  signal?.removeEventListener('abort', kill)
  const killedBy = signalNames.get(status & 0x7f)
  return {
    exitCode: exitCodeOf(status),
    output: textOf(output),
    ...(killedBy && { signal: killedBy }),
    ...(isLate && { isLate: true as const }),
  }
}

/** A signal handler does not keep a process alive; this does, as long as a program is being started or runs. */
let awake: { timer: NodeJS.Timeout; programs: number } | undefined

function keepAwake(): void {
  if (process.listenerCount('SIGCHLD', reap) === 0) process.on('SIGCHLD', reap)
  awake ??= { timer: setInterval(() => {}, longestInterval), programs: 0 }
  awake.programs += 1
}

function letSleep(): void {
  if (awake === undefined) return
  awake.programs -= 1
  if (awake.programs > 0) return
  clearInterval(awake.timer)
  awake = undefined
}

/** write(2) may take less than it is given. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written, undefined, written)
}

/** Takes leave of the programs that have ended; libuv looks only after those that it has started itself. */
function reap(): void {
  for (const [pid, resolve] of running) {
    const status: [number] = [0]
    if (waitpid(pid, status, WNOHANG) !== pid) continue
    running.delete(pid)
    resolve(status[0])
  }
}

/** wait(2): the signal in the lowest seven bits, or the exit status in the next eight. */
function exitCodeOf(status: number): number {
  const signal = status & 0x7f
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal
}

function textOf(fd: number): string {
  const text = Buffer.alloc(fstatSync(fd).size)
  readSync(fd, text, 0, text.length, 0)
  return text.toString('utf8')
}
