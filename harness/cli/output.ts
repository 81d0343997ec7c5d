import type { Writable } from 'node:stream'
import { exitCodes } from '../core/errors.ts'
import { printable, printableJson } from '../report/writing/printable.ts'

/** Prints a result. Every word that a command writes goes through here or `tell`, as reporters' words do: none of it is obeyed by a terminal. */
export function print(text: string): void {
  process.stdout.write(printable(text))
}

/** Prints JSON, with escapes that mean the same. */
export function printJson(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`)
}

/** Says something to whoever looks at the terminal. */
export function tell(text: string): void {
  process.stderr.write(printable(text))
}

/** Tells once nobody reads a stream any more, as behind `| head`. */
export function whenClosed(stream: Writable, closed: () => void): void {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') closed()
  })
}

/**
 * Ends writing to a stream without a word once nobody reads it. Where it cannot be written for another reason, such as a full
 * disk, what was written is not whole: a process that would end well then ends as one that its machine has failed.
 */
export function outliveErrors(stream: Writable, name: string): void {
  let isLost = false
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isLost) return
    isLost = true
    tell(`sidetrack: ${name} cannot be written: ${message}\n`)
    process.once('exit', (exitCode) => {
      if (exitCode === exitCodes.ok) process.exitCode = exitCodes.machine
    })
  })
}
