import { readFileSync } from 'node:fs'
import { HarnessError } from '../core/errors.ts'

/**
 * As many as a run of the whole suite has open in one process at a time, and some more; with more jobs at once it is more. Whoever
 * has less runs out of it in the middle.
 */
const needed = 1024

/**
 * How many files a process may have open here (getrlimit(2), RLIMIT_NOFILE). The hard limit: Node raises the soft one to it as it
 * starts (PlatformInit in src/node.cc), and so does whatever we start with Node.
 */
export function openFilesLimit(): number {
  const [, , hard = ''] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

/** @throws HarnessError (`machine`) if a process may have fewer files open than are needed. */
export function requireOpenFiles(limit = openFilesLimit()): void {
  if (limit < needed) throw tooFew(`a process may have ${limit} files open here, and ${needed} are needed`)
}

/** What to say of an error whose cause is that no more files could be opened; undefined for any other. */
export function lackOfFiles(thrown: unknown): HarnessError | undefined {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return /\b(EMFILE|ENFILE)\b/.test(message) ? tooFew(`no more files can be opened here (${message})`) : undefined
}

function tooFew(what: string): HarnessError {
  return new HarnessError('machine', what, { hint: 'raise the limit, as with `ulimit -n 65536`, or run fewer pods at once with --jobs' })
}
