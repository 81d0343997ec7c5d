import { readFileSync } from 'node:fs'

/** include/linux/sched.h; `flags` of proc_pid_stat(5) shows it. */
const PF_EXITING = 0x4

/**
 * Whether a process has begun to end, or is gone. Every thread of a process is marked before the kernel closes what the
 * process has open (do_exit in kernel/exit.c: exit_signals comes before exit_files). So whoever has seen the effect of
 * a socket that was closed by its owner's death, and asks only then, is told.
 */
export function isEnding(pid: number): boolean {
  const fields = statOf(pid)
  return fields === undefined || /^[ZX]/.test(fields[0] ?? '') || (Number(fields[6]) & PF_EXITING) !== 0
}

/** Whether a signal or a debugger has stopped a process. */
export function isStopped(pid: number): boolean {
  return /^[Tt]/.test(statOf(pid)?.[0] ?? '')
}

/** What proc_pid_stat(5) has behind the process's name, from its state on; undefined if it is gone. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
