import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** include/linux/sched.h; `flags` of proc_pid_stat(5) shows it. */
const PF_EXITING = 0x4

/**
 * Whether a process has begun to end, or is gone. Every thread of a process is marked before the kernel closes what the
 * process has open (do_exit in kernel/exit.c: exit_signals comes before exit_files). So whoever has seen the effect of
 * a socket that was closed by its owner's death, and asks only then, is told.
 */
export function isEnding(pid: number): boolean {
  return saysEnding(statOf(pid))
}

/** The same of a process that is asked about often, until it is let go of. */
export class WatchedProcess {
  readonly #stat: number | undefined
  readonly #text = Buffer.alloc(mostStat)
  #isLetGo = false

  /** @param pid of one that nobody has waited for yet. */
  constructor(pid: number) {
    this.#stat = unlessGone(() => openSync(`/proc/${pid}/stat`, 'r'))
  }

  get isEnding(): boolean {
    const stat = this.#stat
    if (stat === undefined || this.#isLetGo) return true
    // It is made anew for whoever reads it from its beginning.
    return saysEnding(
      unlessGone(() => fieldsOf(this.#text.toString('latin1', 0, readSync(stat, this.#text, 0, mostStat, 0)))),
    )
  }

  letGo(): void {
    if (this.#stat !== undefined && !this.#isLetGo) closeSync(this.#stat)
    this.#isLetGo = true
  }
}

/** A process's name has 64 bytes at most, and there are fifty numbers. */
const mostStat = 2048

const saysEnding = (fields: string[] | undefined): boolean =>
  fields === undefined || /^[ZX]/.test(fields[0] ?? '') || (Number(fields[6]) & PF_EXITING) !== 0

/** Whether a signal or a debugger has stopped a process. */
export function isStopped(pid: number): boolean {
  return /^[Tt]/.test(statOf(pid)?.[0] ?? '')
}

/** For how long a process is looked at. */
const lookMilliseconds = 100

/**
 * Whether a process would go on, and others have the processors: its first thread is ready to run before and after this
 * thread has stood still for a moment, and has had less than half of that. One that waits for something, or is busy by
 * itself, is not.
 */
export function isStarved(pid: number): boolean {
  const before = readyAfter(pid)
  const started = performance.now()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookMilliseconds)
  const after = readyAfter(pid)
  if (before === undefined || after === undefined) return false
  return (after - before) / 1e6 < (performance.now() - started) / 2
}

/**
 * Nanoseconds that a process's first thread has had a processor (proc_pid_schedstat in fs/proc/base.c), if it is ready
 * to run.
 */
function readyAfter(pid: number): number | undefined {
  if (statOf(pid)?.[0] !== 'R') return undefined
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')[0])
  } catch {
    // It has ended, or this kernel does not count.
    return undefined
  }
}

/** What proc_pid_stat(5) has behind the process's name, from its state on; undefined if it is gone. */
function statOf(pid: number): string[] | undefined {
  return unlessGone(() => fieldsOf(readFileSync(`/proc/${pid}/stat`, 'latin1')))
}

const fieldsOf = (text: string): string[] => text.slice(text.lastIndexOf(')') + 2).split(' ')

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
