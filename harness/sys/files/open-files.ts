import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { HarnessError } from '../../core/errors.ts'

/**
 * What the process has that has most of it, of the suite's pods: the agent by itself and for what waits to be used again,
 * and for each pod under way the process of all identities, which keeps room for a step of its flows.
 */
const filesOfAll = 512
const filesOfAPod = 128
const fewest = 1024
/** Nobody gets near this: what is in use need not be counted. */
const plenty = 16_384

let known: number | undefined

/**
 * How many files a process may have open here (getrlimit(2), RLIMIT_NOFILE). The hard limit: Node raises the soft one
 * to it as it starts (PlatformInit in src/node.cc), and so does whatever we start with Node.
 */
export function openFilesLimit(): number {
  const [, , hard = ''] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

/** Pods under way at once for each processor: most of a pod's time is waiting for the kernel to let go of old rules. */
const podsOfAProcessor = 8

/** How many pods are under way at once unless somebody says so: no more than this process may have files open for. */
export function standardPods(limit = openFilesLimit()): number {
  return Math.max(
    1,
    Math.min(availableParallelism() * podsOfAProcessor, Math.floor((limit - filesOfAll) / filesOfAPod)),
  )
}

/** How many flows may be under way at once, of each of which somebody may listen: that is a file. */
export function mostFlows(limit = openFilesLimit()): number {
  return Math.max(1, limit - filesOfAll)
}

/**
 * @param pods how many will be under way at once.
 * @throws HarnessError (`machine`) if a process may have fewer files open than that needs.
 */
export function requireOpenFiles(pods = 1, limit = openFilesLimit()): void {
  const needed = Math.max(fewest, filesOfAll + filesOfAPod * pods)
  if (limit < needed) throw tooFew(`a process may have ${limit} files open here, and ${needed} are needed`)
}

/**
 * To be asked before work begins: one that runs out of descriptors in the middle hangs up on whoever calls it.
 * @param files how many will be opened at most.
 * @throws HarnessError (`machine`) if there is no room for them in this process.
 */
export function requireRoom(files: number): void {
  known ??= openFilesLimit()
  if (known >= plenty) return
  const open = readdirSync('/proc/self/fd').length
  if (open + files > known)
    throw tooFew(`a process may have ${known} files open here, which is not enough for the pods under way`)
}

let isAtEnd = false

/**
 * Descriptors are given out from the lowest on (open(2)), so whoever gets the last one has none left. Where none is
 * left, Node accepts a caller only to hang up on it, and tells nobody (uv__emfile_trick in libuv's src/unix/stream.c).
 * @param fd one that this process has just got.
 */
export function noteDescriptor(fd: number, limit?: number): void {
  known ??= openFilesLimit()
  if (fd >= (limit ?? known) - 1) isAtEnd = true
}

/** @throws HarnessError (`machine`) if the last descriptor has been in use: somebody may have been hung up on since. */
export function requireNobodyHungUpOn(): void {
  if (isAtEnd) throw tooFew(`a process may have ${known} files open here, and has had them`)
}

/**
 * What to say of an error whose cause is that no more files could be opened; undefined for any other, and for one that
 * says so already.
 */
export function lackOfFiles(thrown: unknown): HarnessError | undefined {
  if (thrown instanceof HarnessError) return undefined
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return /\b(EMFILE|ENFILE)\b/.test(message) ? tooFew(`no more files can be opened here (${message})`) : undefined
}

function tooFew(what: string): HarnessError {
  return new HarnessError('machine', what, {
    hint: 'raise the limit, as with `ulimit -n 65536`, or run fewer pods at once with --jobs',
  })
}
