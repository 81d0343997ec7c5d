import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { writeJsonLine } from '../sys/json-lines.ts'
import type { Guarded } from './watchdog-main.ts'

const main = fileURLToPath(new URL(`watchdog-main${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url))

/**
 * A process that removes containers whose runner is gone. A stranger's program need not end with its input, and a container
 * that has been started goes on without whoever started it.
 */
export class Watchdog {
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
