import { HarnessError } from '../core/errors.ts'
import { formatDuration } from '../core/deadline.ts'
import { SystemCallError } from '../sys/libc/libc.ts'
import { lackOfFiles } from '../sys/files/open-files.ts'
import { type Ended, type SpawnOptions, spawnProgram } from '../sys/processes/spawn.ts'
import { lostProcess } from './lost-process.ts'
import { noteProgress } from './progress.ts'

/** Signals by which a program ends itself: that is its own answer, whatever it was asked. */
const ownEnds: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSYS',
  'SIGTRAP',
  'SIGPIPE',
])

/**
 * Runs a program to its end.
 * @throws HarnessError (`machine`) if it is not there, or was killed, for being late or by somebody: it has not said
 * then what it would have.
 */
export async function runProgram(program: string, args: readonly string[], options: SpawnOptions): Promise<Ended> {
  try {
    return requireOwnEnd(program, await spawnProgram(program, args, options), options)
  } catch (error) {
    if (error instanceof SystemCallError) throw notStarted(program, error)
    throw error
  }
}

/** Whether this is an error of `runProgram` that says that there is no such program, or none that can be run. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof HarnessError ? error.cause : undefined
  return cause instanceof SystemCallError && ['ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR'].includes(cause.code)
}

function requireOwnEnd(program: string, ended: Ended, { timeout, signal }: SpawnOptions): Ended {
  noteProgress()
  if (ended.isLate) throw new HarnessError('machine', `${program} has not ended for ${formatDuration(timeout)}`)
  if (ended.signal === undefined || ownEnds.has(ended.signal) || signal?.aborted) return ended
  throw lostProcess(program, null, ended.signal, '')
}

function notStarted(program: string, error: SystemCallError): HarnessError {
  if (error.code === 'ENOENT')
    return new HarnessError('machine', `there is no ${program}`, { cause: error, hint: 'see `sidetrack doctor`' })
  return lackOfFiles(error) ?? new HarnessError('machine', error.message, { cause: error })
}
