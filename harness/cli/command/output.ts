import type { Writable } from 'node:stream'
import { exitCodes } from '../../core/errors.ts'
import { jsonText, printable } from '../../report/writing/printable.ts'

/** Prints a result. All output of commands goes through this file, so that none of it can control the terminal. */
export function print(text: string): void {
  process.stdout.write(printable(text))
}

/** Prints JSON, with control characters escaped. */
export function printJson(value: unknown): void {
  process.stdout.write(jsonText(value))
}

/** Prints to standard error. */
export function printStderr(text: string): void {
  process.stderr.write(printable(text))
}

/** Calls back once a stream has no reader any more, as with `| head`. */
export function whenClosed(stream: Writable, closed: () => void): void {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') closed()
  })
}

/**
 * Stops writing to a stream silently once it has no reader. If writing fails for another reason, such as a full disk,
 * the output is not complete, and the process ends with the exit code for a machine's fault.
 */
export function outliveErrors(stream: Writable, name: string): void {
  let isLost = false
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isLost) return
    isLost = true
    printStderr(`sidetrack: ${name} cannot be written: ${message}\n`)
    process.once('exit', (exitCode) => {
      if (exitCode === exitCodes.ok) process.exitCode = exitCodes.machine
    })
  })
}
