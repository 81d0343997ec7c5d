import { existsSync, type FSWatcher, realpathSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { HarnessError } from '../../core/errors.ts'

/**
 * Milliseconds of silence after which a save is whole: an editor empties a file, writes it and renames it, and no event
 * says that it is done.
 */
const settleMs = 25

/** Hears of files that are saved in some folders. */
export class SavedFiles implements Disposable {
  readonly #watchers = new Map<string, FSWatcher>()
  /** Folders that are not there now. */
  readonly #missing = new Set<string>()
  /** Where a symbolic link leads, and the link. */
  readonly #links = new Map<string, string>()
  readonly #saved = new Set<string>()
  readonly #matters: (path: string) => boolean
  #timer: NodeJS.Timeout | undefined
  #hear: (() => void) | undefined
  readonly #signal: AbortSignal

  /** @param matters whether a file, or a folder, is one to be heard of. @param signal ends every wait. */
  constructor(matters: (path: string) => boolean, signal: AbortSignal) {
    this.#matters = matters
    this.#signal = signal
    signal.addEventListener('abort', () => this.#hear?.(), { once: true })
  }

  /**
   * Watches the folders of these files as well. An editor replaces a file by another one, so that a folder is what
   * stays.
   */
  add(files: Iterable<string>): void {
    for (const file of files) {
      this.addFolder(dirname(file))
      const real = realPath(file)
      if (real === undefined || real === file) continue
      this.#links.set(real, file)
      this.addFolder(dirname(real))
    }
  }

  /** A folder that is not there, or goes, is waited for where its nearest parent is. */
  addFolder(folder: string): void {
    if (this.#watchers.has(folder)) return
    let watcher: FSWatcher
    try {
      watcher = watch(folder, (_, name) => this.#heard(folder, name))
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException
      if (code === 'ENOSPC' || code === 'EMFILE') throw tooMany(folder, code)
      this.#missing.add(folder)
      if (dirname(folder) !== folder) this.addFolder(dirname(folder))
      return
    }
    watcher.on('error', () => this.#gone(folder))
    this.#watchers.set(folder, watcher)
  }

  /** @returns the files that have been saved since the last call, as soon as there are any; none once it ends. */
  async next(): Promise<ReadonlySet<string>> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#hear = resolve
    if (this.#signal.aborted || (this.#saved.size > 0 && this.#timer === undefined)) resolve()
    await promise
    const saved = new Set(this.#saved)
    this.#saved.clear()
    return this.#signal.aborted ? new Set() : saved
  }

  #heard(folder: string, name: string | null): void {
    if (!existsSync(folder)) this.#gone(folder)
    for (const back of [...this.#missing].filter((path) => existsSync(path))) {
      this.#missing.delete(back)
      this.addFolder(back)
      this.#note(back)
    }
    if (name === null) return
    const path = join(folder, name)
    for (const saved of [path, this.#links.get(path)])
      if (saved !== undefined && this.#matters(saved)) this.#note(saved)
  }

  #gone(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.addFolder(folder)
  }

  #note(path: string): void {
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

/** The bounds of inotify(7), which are a user's, and of a process. */
function tooMany(folder: string, code: string): HarnessError {
  return new HarnessError(
    'machine',
    `${folder} cannot be watched (${code}): this user watches too many folders already`,
    {
      hint: 'end other programs that watch files, or: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
    },
  )
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file)
  } catch {
    return undefined
  }
}
