import { createRequire } from 'node:module'
import { constants as osConstants } from 'node:os'
import '../node/this-node.ts'

/** By require, which takes 4 ms; as an ES module it takes 10, and every identity's process loads it. */
const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')

/** What the harness needs of libc, and nothing else: Node makes no socket in a namespace of our choice. */
const libc = koffi.load(null)

koffi.struct('iovec', { base: 'void *', length: 'size_t' })
koffi.struct('msghdr', {
  name: 'void *',
  nameLength: 'uint32_t',
  iov: 'iovec *',
  iovLength: 'size_t',
  control: 'void *',
  controlLength: 'size_t',
  flags: 'int',
})
koffi.struct('sock_fprog', { length: 'uint16_t', filter: 'void *' })
koffi.struct('pollfd', { fd: 'int', events: 'int16_t', revents: 'int16_t' })

interface MessageHeader {
  name: Buffer
  nameLength: number
  iov: { base: Buffer; length: number }[]
  iovLength: number
  control: Buffer
  controlLength: number
  flags: number
}

type Call<Arguments extends unknown[]> = (...values: Arguments) => number

export const socket: Call<[domain: number, type: number, protocol: number]> = libc.func('int socket(int, int, int)')
const closeFunction = libc.func('int close(int)')
export const close: Call<[fd: number]> = closeFunction
/** close(2) in a thread of libuv's, for what the kernel waits with until other work is done. @param then is told. */
export const closeAside = (fd: number, then: () => void): void => closeFunction.async(fd, then)
export const bind: Call<[fd: number, address: Buffer, length: number]> = libc.func('int bind(int, void *, uint32_t)')
export const listen: Call<[fd: number, backlog: number]> = libc.func('int listen(int, int)')
/** accept4(2), for whoever does not ask who it is. */
export const accept: Call<[fd: number, address: null, length: null, flags: number]> = libc.func(
  'int accept4(int, void *, void *, int)',
)
export const connect: Call<[fd: number, address: Buffer, length: number]> = libc.func(
  'int connect(int, void *, uint32_t)',
)
export const getsockname: Call<[fd: number, address: Buffer, length: Uint32Array]> = libc.func(
  'int getsockname(int, void *, uint32_t *)',
)
export const getpeername: Call<[fd: number, address: Buffer, length: Uint32Array]> = libc.func(
  'int getpeername(int, void *, uint32_t *)',
)
export const setsockopt: Call<[fd: number, level: number, name: number, value: Buffer, length: number]> = libc.func(
  'int setsockopt(int, int, int, void *, uint32_t)',
)
/** setsockopt(2) for SO_ATTACH_FILTER, whose value holds a pointer. */
export const setsockoptFilter: Call<
  [fd: number, level: number, name: number, program: { length: number; filter: Buffer }, length: number]
> = libc.func('setsockopt', 'int', ['int', 'int', 'int', 'sock_fprog *', 'uint32_t'])
export const getsockopt: Call<[fd: number, level: number, name: number, value: Buffer, length: Uint32Array]> =
  libc.func('int getsockopt(int, int, int, void *, uint32_t *)')
export const send: Call<[fd: number, data: Buffer, length: number, flags: number]> = libc.func(
  'long send(int, void *, size_t, int)',
)
export const sendto: Call<
  [fd: number, data: Buffer, length: number, flags: number, address: Buffer, addressLength: number]
> = libc.func('long sendto(int, void *, size_t, int, void *, uint32_t)')
export const recv: Call<[fd: number, data: Buffer, length: number, flags: number]> = libc.func(
  'long recv(int, void *, size_t, int)',
)
export const recvmsg: Call<[fd: number, message: MessageHeader, flags: number]> = libc.func(
  'long recvmsg(int, _Inout_ msghdr *, int)',
)
const poll: Call<[fd: { fd: number; events: number; revents: number }, count: number, milliseconds: number]> =
  libc.func('int poll(_Inout_ pollfd *, unsigned long, int)')
export const epollCreate: Call<[flags: number]> = libc.func('int epoll_create1(int)')
/** epoll_ctl(2). @param event begins with what is waited for. */
export const epollControl: Call<[epoll: number, operation: number, fd: number, event: Buffer]> = libc.func(
  'int epoll_ctl(int, int, int, void *)',
)
const epollWaitFunction = libc.func('int epoll_wait(int, void *, int, int)')
export const epollWait: Call<[epoll: number, events: Buffer, count: number, milliseconds: number]> = epollWaitFunction
/**
 * epoll_wait(2) with all the time there is, in a thread of libuv's. @param then is told that it has ended.
 */
export const epollWaitAside = (epoll: number, events: Buffer, then: () => void): void =>
  epollWaitFunction.async(epoll, events, 1, -1, then)
export const eventfd: Call<[initial: number, flags: number]> = libc.func('int eventfd(unsigned int, int)')
export const open: Call<[path: string, flags: number]> = libc.func('int open(const char *, int)')
export const mkfifo: Call<[path: string, mode: number]> = libc.func('int mkfifo(const char *, unsigned int)')
export const signal: Call<[signal: number, handler: number]> = libc.func('intptr_t signal(int, intptr_t)')
export const getpgrp: Call<[]> = libc.func('int getpgrp()')
export const tcsetpgrp: Call<[fd: number, group: number]> = libc.func('int tcsetpgrp(int, int)')
export const setns: Call<[fd: number, kind: number]> = libc.func('int setns(int, int)')
export const unshare: Call<[flags: number]> = libc.func('int unshare(int)')
export const mount: Call<[source: string, target: string, type: string | null, flags: number, data: string | null]> =
  libc.func('int mount(const char *, const char *, const char *, unsigned long, const char *)')
export const umount2: Call<[target: string, flags: number]> = libc.func('int umount2(const char *, int)')
/** syscall(2): what no C library of the systems we run on has a function for. */
const syscall: Call<[number: number, folder: number, path: string, flags: number, attributes: Buffer, size: number]> =
  libc.func('long syscall(long, int, const char *, unsigned int, void *, size_t)')
/** Since Linux 5.1 new system calls have one number for all processors (include/uapi/asm-generic/unistd.h). */
const SYS_mount_setattr = 442
const AT_FDCWD = -100
const mountAttributesSize = 32

/** mount_setattr(2). @param attributes bits of MOUNT_ATTR_ to set and to clear. */
export function mountSetAttributes(
  path: string,
  flags: number,
  { set = 0n, clear = 0n }: { set?: bigint; clear?: bigint },
): number {
  const attributes = Buffer.alloc(mountAttributesSize)
  attributes.writeBigUInt64LE(set, 0)
  attributes.writeBigUInt64LE(clear, 8)
  return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, attributes, attributes.length)
}

/**
 * capset(2), for the calling thread: `header` is version and thread, `sets` twice effective, permitted and inheritable
 * of 32 bits each.
 */
export const capset: Call<[header: Uint32Array, sets: Uint32Array]> = libc.func('int capset(void *, void *)')
/**
 * By syscall(2), for the calling thread alone: the C library has every thread of the process take a signal and do the
 * same (nptl(7)), Node's sleeping ones too, which takes 1 ms and longer where processors are busy. Undefined on a
 * processor whose numbers are not known here.
 */
const ofThread = { x64: { groups: 116, uid: 117, gid: 119 }, arm64: { groups: 159, uid: 147, gid: 149 } }[
  process.arch as string
]
const threeIds: Call<[number: number, real: number, effective: number, saved: number]> = libc.func(
  'long syscall(long, uint32_t, uint32_t, uint32_t)',
)
const listOfGroups: Call<[number: number, count: number, groups: Uint32Array]> = libc.func(
  'long syscall(long, size_t, void *)',
)
const uidOfAll: Call<[real: number, effective: number, saved: number]> = libc.func(
  'int setresuid(uint32_t, uint32_t, uint32_t)',
)
const gidOfAll: Call<[real: number, effective: number, saved: number]> = libc.func(
  'int setresgid(uint32_t, uint32_t, uint32_t)',
)
const groupsOfAll: Call<[count: number, groups: Uint32Array]> = libc.func('int setgroups(size_t, void *)')

/** setresuid(2) */
export const setresuid = (real: number, effective: number, saved: number): number =>
  ofThread === undefined ? uidOfAll(real, effective, saved) : threeIds(ofThread.uid, real, effective, saved)
/** setresgid(2) */
export const setresgid = (real: number, effective: number, saved: number): number =>
  ofThread === undefined ? gidOfAll(real, effective, saved) : threeIds(ofThread.gid, real, effective, saved)
/** setgroups(2) */
export const setgroups = (count: number, groups: Uint32Array): number =>
  ofThread === undefined ? groupsOfAll(count, groups) : listOfGroups(ofThread.groups, count, groups)
export const geteuid: Call<[]> = libc.func('uint32_t geteuid()')
export const getegid: Call<[]> = libc.func('uint32_t getegid()')
/** getgroups(2). @param count how many there is room for; 0 asks how many there are. */
export const getgroups: Call<[count: number, groups: Uint32Array]> = libc.func('int getgroups(int, void *)')
export const schedGetAffinity: Call<[pid: number, size: number, mask: Buffer]> = libc.func(
  'int sched_getaffinity(int, size_t, void *)',
)
export const schedSetAffinity: Call<[pid: number, size: number, mask: Buffer]> = libc.func(
  'int sched_setaffinity(int, size_t, void *)',
)

const prctl: Call<[option: number, a: number, b: number, c: number, d: number]> = libc.func(
  'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
)
const PR_SET_CHILD_SUBREAPER = 36

/** Has whoever loses his parent below this process become its child. @throws SystemCallError */
export function becomeSubreaper(): void {
  checked(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 'prctl(PR_SET_CHILD_SUBREAPER)')
}

export const memfdCreate: Call<[name: string, flags: number]> = libc.func(
  'int memfd_create(const char *, unsigned int)',
)
export const waitpid: Call<[pid: number, status: [number], options: number]> = libc.func(
  'int waitpid(int, _Out_ int *, int)',
)

export const initFileActions: Call<[actions: Buffer]> = libc.func('int posix_spawn_file_actions_init(void *)')
export const addFileActionDup2: Call<[actions: Buffer, from: number, to: number]> = libc.func(
  'int posix_spawn_file_actions_adddup2(void *, int, int)',
)
export const destroyFileActions: Call<[actions: Buffer]> = libc.func('int posix_spawn_file_actions_destroy(void *)')
export const posixSpawnp: Call<
  [
    pid: [number],
    file: string,
    actions: Buffer,
    attributes: null,
    argv: (string | null)[],
    environment: (string | null)[],
  ]
> = libc.func('int posix_spawnp(_Out_ int *, const char *, void *, void *, const char **, const char **)')

/** Where a buffer's bytes are, for a structure that points to them: it is to be held as long as the kernel may look. */
export const addressOf = (bytes: Buffer): bigint => koffi.address(bytes)

/** The number of the last failed call's error. */
export const errno = (): number => koffi.errno()

/** Where a number has two names the first counts: EAGAIN, not EWOULDBLOCK. */
const names = new Map<number, string>(
  Object.entries(osConstants.errno)
    .map(([name, number]) => [number, name] as const)
    .reverse(),
)

/** `ECONNREFUSED` for 111, as errno(3) has them on this machine. */
export function errnoName(number: number): string {
  return names.get(number) ?? `errno ${number}`
}

/** A system call that failed. */
export class SystemCallError extends Error {
  /** Which one, and of what. */
  readonly call: string
  readonly errno: number
  readonly code: string

  constructor(call: string, number: number) {
    const code = errnoName(number)
    super(`${call}: ${code}`)
    this.name = 'SystemCallError'
    this.call = call
    this.errno = number
    this.code = code
  }
}

/** @returns what the call returned. @throws SystemCallError with the given description if that is negative. */
export function checked(result: number, call: string): number {
  if (result < 0) throw new SystemCallError(call, errno())
  return result
}

const POLLIN = 1

/** Blocks until a descriptor can be read. @returns whether it can, within that time; signals do not end the wait. */
export function waitReadable(fd: number, milliseconds: number): boolean {
  for (;;) {
    const ready = poll({ fd, events: POLLIN, revents: 0 }, 1, milliseconds)
    if (ready >= 0) return ready > 0
    const number = errno()
    if (errnoName(number) !== 'EINTR') throw new SystemCallError('poll', number)
  }
}
