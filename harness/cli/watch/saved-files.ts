import { type FSWatcher, watch } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Milliseconds of silence after which a save is whole: an editor empties a file, writes it and renames it, and no event
 * says that it is done.
 */
const settleMs = 25

/** Hears of files that are saved in some folders. */
export class SavedFiles implements Disposable {
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #saved = new Set<string>()
  readonly #matters: (path: string) => boolean
  #timer: NodeJS.Timeout | undefined
  #hear: (() => void) | undefined

  /** @param matters whether a file is one to be heard of. */
  constructor(matters: (path: string) => boolean) {
    this.#matters = matters
  }

  /**
   * Watches the folders of these files as well. An editor replaces a file by another one, so that a folder is what
   * stays.
   */
  add(files: readonly string[]): void {
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      if (this.#watchers.has(folder)) continue
      const watcher = watch(folder, (_, name) => {
        if (name !== null) this.#note(join(folder, name))
      })
      // A folder that is removed is watched no more; what it held is told missing when it is read.
      watcher.on('error', () => {
        watcher.close()
        this.#watchers.delete(folder)
      })
      this.#watchers.set(folder, watcher)
    }
  }

  /**
   * @returns the files that have been saved since the last call, as soon as there are any; none if the signal ends the
   * wait.
   */
  async next(signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (this.#saved.size === 0 || this.#timer !== undefined)
      await new Promise<void>((resolve) => {
        this.#hear = resolve
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    const saved = new Set(this.#saved)
    this.#saved.clear()
    return signal.aborted ? new Set() : saved
  }

  #note(path: string): void {
    if (!this.#matters(path)) return
    this.#saved.add(path)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#hear?.()
    }, settleMs)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
  }
}
