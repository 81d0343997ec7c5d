import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { inputError } from '../../core/errors.ts'

/** Bytes that a text may have, if its reader does not say otherwise. */
const largestText = 64 * 1024 * 1024
/**
 * Milliseconds until a named pipe must have been written and closed; a shell's own pipes and standard input take their
 * time.
 */
const pipeDeadline = 10_000

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'is a folder',
  EACCES: 'may not be read',
  ENXIO: 'is a socket',
  ELOOP: 'is a link to itself',
}

/**
 * Reads a text that a user names: a file, or a pipe that somebody writes to. Whatever it is, that comes to an end.
 * @param path absolute. @param name what messages call it. @param limits in bytes and milliseconds; for tests.
 * @throws HarnessError (`input`) if it cannot be read, is too large, is no text, or is a pipe that nobody writes to.
 */
export function readText(path: string, name: string, limits: { largest?: number; deadline?: number } = {}): string {
  const bytes = readBytes(path, name, limits)
  if (bytes.includes(0)) throw inputError(name, 'is no text: it has bytes of zero', 'if it is UTF-16, save it as UTF-8')
  return bytes.toString('utf8')
}

/** The same, before anybody has said what its encoding is. */
export function readBytes(path: string, name: string, { largest = largestText, deadline = pipeDeadline } = {}): Buffer {
  const standard = isStandardPath(path)
  let fd: number | undefined
  try {
    // A named pipe would be waited for here already.
    fd = standard ? 0 : openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = fstatSync(fd)
    if (stat.isDirectory()) throw inputError(name, reasons['EISDIR'] ?? '')
    if (stat.isBlockDevice()) throw inputError(name, 'is a disk')
    if (standard) return readPipe(name, largest, [], { stdin: 0 })
    if (stat.isFIFO()) return readPipe(name, largest, [path], isShellsOwn(path) ? {} : { deadline })
    return readWhole(fd, name, largest)
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === undefined || syscall === undefined) throw error
    throw inputError(name, reasons[code] ?? `cannot be read (${code})`)
  } finally {
    if (fd !== undefined && fd !== 0) closeSync(fd)
  }
}

/** The same of a stream. */
export async function readStream(stream: Readable, name: string, largest = largestText): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > largest) throw tooLarge(name, largest)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Whether a path is a name of standard input. */
export const isStandardPath = (path: string): boolean =>
  /^\/(?:dev|proc\/self\/fd)\/(?:stdin|0)$|^\/dev\/fd\/0$/.test(path)

const isShellsOwn = (path: string): boolean => /^\/(?:dev|proc\/(?:self|\d+))\/fd\/\d+$/.test(path)

function tooLarge(name: string, largest: number): Error {
  return inputError(name, `is larger than ${largest} bytes`)
}

/** A file may grow, and a device says that it has no size: what counts is what comes. */
function readWhole(fd: number, name: string, largest: number): Buffer {
  const chunks: Buffer[] = []
  let bytes = 0
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(1024 * 1024, largest + 1 - bytes))
    const read = readSync(fd, chunk)
    if (read === 0) return Buffer.concat(chunks)
    bytes += read
    if (bytes > largest) throw tooLarge(name, largest)
    chunks.push(chunk.subarray(0, read))
  }
}

/** A process reads it: that can be given a deadline, which opening or reading a pipe cannot. */
function readPipe(
  name: string,
  largest: number,
  path: readonly string[],
  { deadline, stdin = 'ignore' }: { deadline?: number; stdin?: 0 | 'ignore' },
): Buffer {
  const { stdout, error, status } = spawnSync('cat', ['--', ...path], {
    stdio: [stdin, 'pipe', 'ignore'],
    maxBuffer: largest,
    ...(deadline !== undefined && { timeout: deadline }),
  })
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (code === 'ENOBUFS') throw tooLarge(name, largest)
  if (code === 'ETIMEDOUT')
    throw inputError(name, `is a pipe, and in ${(deadline ?? 0) / 1000} s nobody has written it to its end`)
  if (error !== undefined) throw error
  if (status !== 0) throw inputError(name, 'is a pipe that cannot be read')
  return stdout
}
