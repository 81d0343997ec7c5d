import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder that is gone with this process, however that ends: a program of the system's, in a session of its own, waits
 * for the end of a pipe that this process alone holds, and removes it.
 */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string
  readonly #remover: ChildProcess

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'sidetrack-'))
    this.#remover = spawn('sh', ['-c', 'cat >/dev/null; exec rm -rf -- "$1"', 'sh', this.path], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#remover.on('error', () => {})
    this.#remover.stdin?.on('error', () => {})
    this.#remover.unref()
    ;(this.#remover.stdin as { unref?: () => void } | null)?.unref?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#remover
    if (exitCode === null && signalCode === null && this.#remover.pid !== undefined) {
      const ended = once(this.#remover, 'exit')
      this.#remover.ref()
      this.#remover.stdin?.end()
      await ended
    }
    rmSync(this.path, { recursive: true, force: true })
  }
}
