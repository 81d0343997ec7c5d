import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { inputError } from '../core/errors.ts'
import type { Output } from './reporter.ts'

/** A report file: kept in memory and written whole, so that whoever reads it never sees half a report. */
export class OutputFile implements Output {
  readonly #path: string
  readonly #chunks: string[] = []

  /** @throws HarnessError (`input`) if it could not be written there. */
  constructor(path: string, option: string) {
    this.#path = path
    try {
      accessSync(dirname(path), constants.W_OK)
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw inputError(option, 'is a folder')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw code === undefined
        ? error
        : inputError(option, code === 'ENOENT' ? 'its folder does not exist' : `its folder cannot be written (${code})`)
    }
  }

  write(text: string): void {
    this.#chunks.push(text)
  }

  /** Writes the file, synchronously: it is also called when the process is about to end. */
  close(): void {
    if (this.#chunks.length === 0) return
    const text = this.#chunks.splice(0).join('')
    const existing = statSync(this.#path, { throwIfNoEntry: false })
    if (existing !== undefined && !existing.isFile()) {
      writeFileSync(this.#path, text)
      return
    }
    const temporary = `${this.#path}.${process.pid}.tmp`
    try {
      writeFileSync(temporary, text)
      renameSync(temporary, this.#path)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  }
}
