import { readFileSync } from 'node:fs'
import { checked, setgroups, setresgid, setresuid } from './libc.ts'

/** What a process runs as: the effective IDs, which its sockets carry, and the supplementary groups. */
export interface ProcessIds {
  uid: number
  gid: number
  groups: readonly number[]
}

/** Whom `runAs` has made of the thread. */
let current: { ids: ProcessIds; actual: ProcessIds } | undefined

const root: ProcessIds = { uid: 0, gid: 0, groups: [] }

/** What the calling thread really runs as, as the kernel has it (proc_pid_status(5)). */
export function readIds(): ProcessIds {
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  const numbers = (field: string): number[] =>
    (new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number)
  return { uid: numbers('Uid')[1] ?? -1, gid: numbers('Gid')[1] ?? -1, groups: numbers('Groups') }
}

/**
 * Runs a function with the calling thread, which is root and has CAP_SETUID and CAP_SETGID, as somebody else: what it
 * opens is theirs for good, since a socket keeps the credentials of whoever made it (sock_alloc_file in net/socket.c).
 * It must be synchronous; within it the thread can be the same once more, and nobody else.
 * @param use is given what the thread runs as by then, read back from the kernel. No capability counts meanwhile.
 * @throws SystemCallError if the thread cannot be that.
 */
export function runAs<T>(ids: ProcessIds, use: (actual: ProcessIds) => T): T {
  if (current?.ids === ids) return use(current.actual)
  try {
    become(ids)
    current = { ids, actual: readIds() }
    return use(current.actual)
  } finally {
    current = undefined
    // First of all it is root again, by the saved UID: that brings its capabilities back (capabilities(7)).
    checked(setresuid(0, 0, 0), 'setresuid')
    become(root)
  }
}

function become({ uid, gid, groups }: ProcessIds): void {
  checked(setgroups(groups.length, Uint32Array.from(groups)), 'setgroups')
  checked(setresgid(gid, gid, gid), 'setresgid')
  checked(setresuid(uid, uid, 0), 'setresuid')
}
