import koffi from 'koffi'
import { closeSync } from 'node:fs'
import { waitReadable } from '../../harness/sys/libc/libc.ts'

const syscall: (number: number, pid: number, flags: number) => number = koffi
  .load(null)
  .func('long syscall(long, long, long)')
/** The same on every architecture (asm-generic/unistd.h). */
const SYS_pidfd_open = 434

/**
 * Waits until a process has ended, whoever its parent is (pidfd_open(2)).
 * @throws Error if it is still there after 30 seconds.
 */
export function waitForEnd(pid: number): void {
  const fd = syscall(SYS_pidfd_open, pid, 0)
  if (fd < 0) return
  const hasEnded = waitReadable(fd, 30_000)
  closeSync(fd)
  if (!hasEnded) throw new Error(`process ${pid} is still there`)
}
