import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What files are made from besides themselves; absolute. */
export interface MadeFrom {
  /** What each file imports itself: one of its own, or of what it imports. */
  imports: Readonly<Record<string, readonly string[]>>
  /** What is read while they load, by nobody knows which of them. */
  reads: readonly string[]
}

/** Hears of that while files load. */
export class Hearing {
  readonly #imports = new Map<string, Set<string>>()
  readonly #reads = new Set<string>()

  imported(importer: string, imported: string): void {
    const known = this.#imports.get(importer) ?? new Set()
    this.#imports.set(importer, known.add(imported))
  }

  /** From now on, whatever reads a file by these functions of Node is heard. */
  listen(): void {
    const wrap = <O extends object>(owner: O, name: keyof O): void => {
      const read = owner[name] as (...args: unknown[]) => unknown
      Object.assign(owner, {
        [name]: (path: unknown, ...rest: unknown[]) => {
          this.#note(path)
          return read.call(owner, path, ...rest)
        },
      })
    }
    wrap(fs, 'readFileSync')
    wrap(fs, 'readFile')
    wrap(fs, 'createReadStream')
    wrap(fs.promises, 'readFile')
    syncBuiltinESMExports()
  }

  /** @param files those that are loaded. */
  of(files: readonly string[]): MadeFrom {
    // Node itself reads modules by these functions.
    const modules = new Set([...files, ...[...this.#imports.values()].flatMap((imported) => [...imported])])
    return {
      imports: Object.fromEntries([...this.#imports].map(([file, imported]) => [file, [...imported]])),
      reads: [...this.#reads].filter((file) => !modules.has(file)),
    }
  }

  #note(path: unknown): void {
    if (typeof path !== 'string' && !(path instanceof URL && path.protocol === 'file:')) return
    const file = resolve(typeof path === 'string' ? path : fileURLToPath(path))
    if (!file.includes('/node_modules/') && !file.startsWith('/proc/')) this.#reads.add(file)
  }
}
