import { HarnessError } from '../core/errors.ts'
import { formatDuration } from '../core/deadline.ts'
import { lackOfFiles } from '../sys/files/open-files.ts'
import { isStarved, isStopped } from '../sys/processes/process-state.ts'

/** Signals with which a process does not end itself: somebody outside has sent them. */
const fromOutside: ReadonlySet<string> = new Set([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGXCPU',
  'SIGPWR',
  'SIGUSR1',
  'SIGUSR2',
])

/**
 * Why a process of ours died: a signal from outside is a fault of the machine, any other end is a fault of ours.
 * @param who is gone, such as `the process of 1000:1000`. @param complaint what it said last.
 */
export function lostProcess(who: string, code: number | null, signal: string | null, complaint: string): HarnessError {
  if (signal !== null && fromOutside.has(signal)) {
    const hint =
      signal === 'SIGKILL'
        ? 'see whether the machine has run out of memory (dmesg), or who else kills processes here, and run it again'
        : 'see who ends processes here, and run it again'
    return new HarnessError('machine', `${who} has been killed (${signal})`, { hint })
  }
  const lack = lackOfFiles(complaint)
  if (lack !== undefined) return lack
  return new HarnessError('sidetrack', `${who} is gone: ${`${signal ?? `exit code ${code}`} ${complaint}`.trimEnd()}`)
}

/** Why a process of ours that is alive but silent is given up. @param task what it was to do. */
export function silentProcess(who: string, pid: number | undefined, task: string, milliseconds: number): HarnessError {
  const message = `${who} has not answered '${task}' for ${formatDuration(milliseconds)}`
  if (pid !== undefined && isStarved(pid))
    return new HarnessError('machine', `${message}: it is ready to go on, and others have the processors`, {
      hint: 'run fewer pods at once with --jobs, or when the machine has less to do',
    })
  if (pid === undefined || !isStopped(pid)) return new HarnessError('sidetrack', message)
  return new HarnessError('machine', `${message}: it is stopped`, {
    hint: 'see who stops processes here (SIGSTOP), and run it again',
  })
}

/** What is waited for. @param task what it was to do. */
export function unanswered(who: string, pid: number | undefined, task: string): string {
  return `${who} has not answered '${task}'${pid !== undefined && isStopped(pid) ? ': it is stopped' : ''}`
}
