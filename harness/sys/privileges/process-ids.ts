import { checked, getegid, geteuid, getgroups, setgroups, setresgid, setresuid } from '../libc/libc.ts'

/** What a process runs as: the effective IDs, which its sockets carry, and the supplementary groups. */
interface ProcessIds {
  uid: number
  gid: number
  groups: readonly number[]
}

/** Whom `runAs` has made of the thread. */
let current: { ids: ProcessIds; actual: ProcessIds } | undefined

const root: ProcessIds = { uid: 0, gid: 0, groups: [] }

/** What the calling thread really runs as: the kernel has that for each thread by itself (credentials(7)). */
export function readIds(): ProcessIds {
  const groups = new Uint32Array(checked(getgroups(0, noGroups), 'getgroups'))
  checked(getgroups(groups.length, groups), 'getgroups')
  return { uid: geteuid(), gid: getegid(), groups: [...groups] }
}

const noGroups = new Uint32Array(1)

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
