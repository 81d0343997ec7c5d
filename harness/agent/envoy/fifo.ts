import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { checked, mkfifo } from '../../sys/libc/libc.ts'
import { readJsonLines } from '../../sys/processes/json-lines.ts'

/**
 * Makes a named pipe and reads lines of JSON from it. Envoy opens its access log by path, which a socket, as Node gives
 * processes for their standard output, does not allow (open(2), ENXIO).
 */
export function readFifo(path: string, onValue: (value: unknown) => void): { close(): void } {
  checked(mkfifo(path, 0o622), `mkfifo ${path}`)
  // Writable too: a pipe that nobody writes to has ended otherwise, and opening it would wait for its first writer.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const stream = new Socket({ fd, readable: true, writable: false })
  readJsonLines(stream, onValue, () => {})
  return { close: () => void stream.destroy() }
}
