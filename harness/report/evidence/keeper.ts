import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HarnessError } from '../../core/errors.ts'
import { type CheckResult, isBad } from '../../run/checks/check.ts'
import type { RunEvent } from '../../run/schedule/events.ts'
import { evidenceFiles } from './files.ts'
import { folderName } from './folder-name.ts'

/** How many runs may start in one second. */
const mostRuns = 1000

/**
 * Writes the evidence of checks, a folder for each, below a new folder for this run; earlier runs are never touched. It
 * gets events before the reporters do, so that they can name the folder.
 */
export class EvidenceKeeper {
  readonly #folder: string
  readonly #path: (file: string) => string
  readonly #seen = new Map<string, number>()
  #startedAt = new Date()
  #own: string | undefined
  #failures = 0
  #failure: Error | undefined

  /**
   * @param folder where runs have their folders; made with the first evidence. @param path as reporters write paths.
   */
  constructor(folder: string, path: (file: string) => string) {
    this.#folder = folder
    this.#path = path
  }

  /** @returns the event, with the folder where there is one now. */
  keep(event: RunEvent): RunEvent {
    if (event.type === 'start') this.#startedAt = event.startedAt
    if (event.type !== 'result') return event
    const { check } = event.result
    const repetition = this.#seen.get(check.id) ?? 0
    this.#seen.set(check.id, repetition + 1)
    if (event.result.material === undefined && !isBad(event.result)) return event
    const { material: _, ...result } = event.result
    try {
      return { type: 'result', result: { ...result, evidenceFolder: this.#write(event.result, repetition) } }
    } catch (error) {
      this.#failures += 1
      this.#failure ??= error as Error
      return { type: 'result', result }
    }
  }

  /** What could not be written, in one error. */
  get failure(): HarnessError | undefined {
    if (this.#failure === undefined) return undefined
    const what = this.#failures === 1 ? 'of one check' : `of ${this.#failures} checks`
    return new HarnessError('machine', `evidence ${what} could not be written: ${this.#failure.message}`, {
      cause: this.#failure,
      hint: 'make room or choose another --evidence-folder',
    })
  }

  #write(result: CheckResult, repetition: number): string {
    this.#own ??= this.#makeOwn()
    const folder = join(this.#own, folderName(result.check.id, repetition))
    mkdirSync(folder)
    for (const [name, content] of evidenceFiles(result, this.#path)) {
      writeFileSync(join(folder, name), content, { flag: 'wx' })
      if (name.endsWith('.sh')) chmodSync(join(folder, name), 0o755)
    }
    return folder
  }

  /** Named by the start time; runs that start in the same second get a number. */
  #makeOwn(): string {
    mkdirSync(this.#folder, { recursive: true })
    const stamp = this.#startedAt.toISOString().replace(/[-:]|\.\d+/g, '')
    for (let number = 1; number < mostRuns; number += 1) {
      const own = join(this.#folder, number === 1 ? stamp : `${stamp}-${number}`)
      try {
        mkdirSync(own)
        return own
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
    throw new Error(`too many runs in ${this.#folder}`)
  }
}
