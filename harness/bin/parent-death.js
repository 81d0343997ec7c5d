// Plain JavaScript: the Node that only starts another one may be too old for types.
import { createRequire } from 'node:module'
import { constants } from 'node:os'

const PR_SET_PDEATHSIG = 1
const parent = process.ppid

/**
 * Has the kernel send this process SIGTERM when the npm that has started it is killed, which passes no signal on then.
 * Nothing happens where npm has not: who starts it in the background of a shell may want it to go on.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  try {
    createRequire(import.meta.url)('koffi')
      .load(null)
      .func('int prctl(int, long, long, long, long)')(PR_SET_PDEATHSIG, constants.signals.SIGTERM, 0, 0, 0)
  } catch {
    // An old Node or another C library that it does not load in: all works but for this.
    return
  }
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}
