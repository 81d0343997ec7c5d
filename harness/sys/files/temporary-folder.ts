import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HarnessError } from '../../core/errors.ts'

/**
 * A folder that is gone with this process, however that ends: a program of the system's, in a session of its own, waits
 * for the end of a pipe that this process alone holds, and removes it.
 */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string
  readonly #remover: ChildProcess

  /** @throws HarnessError (`machine`) if there is no place for one. */
  constructor() {
    this.path = makeFolder()
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

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'sidetrack-'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'is not there' : `takes no folder (${code})`
    throw new HarnessError('machine', `the folder for temporary files, ${tmpdir()}, ${why}`, {
      hint: 'name one that you may write to, such as: TMPDIR=/tmp',
      cause: error,
    })
  }
}
