import koffi from 'koffi'
import { constants as osConstants } from 'node:os'

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

export interface MessageHeader {
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
export const close: Call<[fd: number]> = libc.func('int close(int)')
export const bind: Call<[fd: number, address: Buffer, length: number]> = libc.func('int bind(int, void *, uint32_t)')
export const listen: Call<[fd: number, backlog: number]> = libc.func('int listen(int, int)')
export const connect: Call<[fd: number, address: Buffer, length: number]> = libc.func('int connect(int, void *, uint32_t)')
export const getsockname: Call<[fd: number, address: Buffer, length: Uint32Array]> = libc.func('int getsockname(int, void *, uint32_t *)')
export const setsockopt: Call<[fd: number, level: number, name: number, value: Buffer, length: number]> = libc.func(
  'int setsockopt(int, int, int, void *, uint32_t)',
)
/** setsockopt(2) for SO_ATTACH_FILTER, whose value holds a pointer. */
export const setsockoptFilter: Call<[fd: number, level: number, name: number, program: { length: number; filter: Buffer }, length: number]> =
  libc.func('setsockopt', 'int', ['int', 'int', 'int', 'sock_fprog *', 'uint32_t'])
export const getsockopt: Call<[fd: number, level: number, name: number, value: Buffer, length: Uint32Array]> = libc.func(
  'int getsockopt(int, int, int, void *, uint32_t *)',
)
export const send: Call<[fd: number, data: Buffer, length: number, flags: number]> = libc.func('long send(int, void *, size_t, int)')
export const sendto: Call<[fd: number, data: Buffer, length: number, flags: number, address: Buffer, addressLength: number]> = libc.func(
  'long sendto(int, void *, size_t, int, void *, uint32_t)',
)
export const recv: Call<[fd: number, data: Buffer, length: number, flags: number]> = libc.func('long recv(int, void *, size_t, int)')
export const recvmsg: Call<[fd: number, message: MessageHeader, flags: number]> = libc.func('long recvmsg(int, _Inout_ msghdr *, int)')
export const poll: Call<[fd: { fd: number; events: number; revents: number }, count: number, milliseconds: number]> = libc.func(
  'int poll(_Inout_ pollfd *, unsigned long, int)',
)
export const open: Call<[path: string, flags: number]> = libc.func('int open(const char *, int)')
export const setns: Call<[fd: number, kind: number]> = libc.func('int setns(int, int)')
export const unshare: Call<[flags: number]> = libc.func('int unshare(int)')
export const mount: Call<[source: string, target: string, type: string | null, flags: number, data: string | null]> = libc.func(
  'int mount(const char *, const char *, const char *, unsigned long, const char *)',
)
export const umount2: Call<[target: string, flags: number]> = libc.func('int umount2(const char *, int)')
export const schedGetAffinity: Call<[pid: number, size: number, mask: Buffer]> = libc.func('int sched_getaffinity(int, size_t, void *)')
export const schedSetAffinity: Call<[pid: number, size: number, mask: Buffer]> = libc.func('int sched_setaffinity(int, size_t, void *)')

/** The number of the last failed call's error. */
export const errno = (): number => koffi.errno()

/** Where a number has two names the first counts: EAGAIN, not EWOULDBLOCK. */
const names = new Map<number, string>(Object.entries(osConstants.errno).map(([name, number]) => [number, name] as const).reverse())

/** `ECONNREFUSED` for 111, as errno(3) has them on this machine. */
export function errnoName(number: number): string {
  return names.get(number) ?? `errno ${number}`
}

/** A system call that failed. */
export class SystemCallError extends Error {
  readonly errno: number
  readonly code: string

  constructor(call: string, number: number) {
    const code = errnoName(number)
    super(`${call}: ${code}`)
    this.name = 'SystemCallError'
    this.errno = number
    this.code = code
  }
}

/** @returns what the call returned. @throws SystemCallError with the given description if that is negative. */
export function checked(result: number, call: string): number {
  if (result < 0) throw new SystemCallError(call, errno())
  return result
}
