import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { writeJsonLine } from '../../sys/processes/json-lines.ts'
import type { Guarded } from './watchdog-main.ts'

const main = fileURLToPath(
  new URL(`watchdog-main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
)

let watchdog: Watchdog | undefined

/**
 * Gives a container a name, before it is made, by which it is removed if this process is gone before it lets go of
 * that.
 * @param kind what the name begins with.
 */
export function guardContainer(kind: string): Disposable & { name: string } {
  watchdog ??= new Watchdog()
  return watchdog.guard(`${kind}-${randomUUID()}`)
}

/**
 * A process that removes containers whose runner is gone. A stranger's program need not end with its input, and nobody
 * starts or removes a container that has just been made.
 */
class Watchdog {
  readonly #process: ChildProcess

  constructor() {
    // In a session of its own, so that what ends the runner's group does not end it.
    this.#process = spawn(process.execPath, [main], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' })
    this.#process.on('error', () => {})
    this.#process.stdin?.on('error', () => {})
    this.#process.unref()
    ;(this.#process.stdin as Socket | null)?.unref()
  }

  /** Has it remove a container of this name, unless that is let go of first. */
  guard(name: string): Disposable & { name: string } {
    this.#tell({ guard: name })
    return { name, [Symbol.dispose]: () => this.#tell({ release: name }) }
  }

  #tell(guarded: Guarded): void {
    if (this.#process.stdin !== null) writeJsonLine(this.#process.stdin, guarded)
  }
}
