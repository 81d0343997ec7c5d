import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { HarnessError, inputError } from '../../core/errors.ts'
import type { Output } from './output.ts'

/**
 * How a path is written: a regular file is replaced, an open descriptor of this process is written to, anything else is
 * opened.
 */
type Target = { kind: 'file'; path: string } | { kind: 'open'; fd: number } | { kind: 'stream'; path: string }

/** A report file. It is kept in memory and written at once, so that no reader sees half a report. */
export class OutputFile implements Output {
  readonly #target: Target
  readonly #option: string
  readonly #chunks: string[] = []

  /** @throws HarnessError (`input`) if it could not be written there. */
  constructor(path: string, option: string) {
    this.#option = option
    let what = 'it'
    try {
      this.#target = targetOf(path)
      if (this.#target.kind === 'open') return
      if (this.#target.kind === 'file') what = 'its folder'
      accessSync(this.#target.kind === 'file' ? dirname(this.#target.path) : path, constants.W_OK)
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw inputError(option, 'is a folder')
    } catch (error) {
      if (error instanceof HarnessError) throw error
      const { code } = error as NodeJS.ErrnoException
      throw inputError(
        option,
        code === 'ENOENT' || code === 'ENOTDIR' ? `${what} does not exist` : `${what} cannot be written (${code})`,
      )
    }
  }

  /**
   * Removes the report of an earlier run, so that it is never taken for this run's.
   * @throws HarnessError (`input`) if it cannot be removed.
   */
  discardOld(): void {
    if (this.#target.kind !== 'file') return
    try {
      rmSync(this.#target.path, { force: true })
    } catch (error) {
      throw inputError(this.#option, `what is there cannot be replaced (${(error as NodeJS.ErrnoException).code})`)
    }
  }

  write(text: string): void {
    this.#chunks.push(text)
  }

  /**
   * Writes the file, synchronously: it is also called when the process is about to end.
   * @throws HarnessError (`machine`) if that fails, as on a disk that is full.
   */
  close(): void {
    if (this.#chunks.length === 0) return
    const text = this.#chunks.splice(0).join('')
    try {
      if (this.#target.kind === 'file') replaceFile(this.#target.path, text)
      if (this.#target.kind === 'stream') writeStream(this.#target.path, text)
      if (this.#target.kind === 'open') writeOpen(this.#target.fd, text)
    } catch (error) {
      const { message } = error as Error
      throw new HarnessError('machine', `${this.#option}: could not be written: ${message}`, { cause: error })
    }
  }
}

function targetOf(path: string): Target {
  const [, name, number] = /^(?:\/dev\/(stdout|stderr)|\/(?:dev|proc\/self)\/fd\/(\d+))$/.exec(path) ?? []
  if (name !== undefined || number !== undefined)
    return { kind: 'open', fd: name === 'stderr' ? 2 : Number(number ?? 1) }
  const found = statSync(path, { throwIfNoEntry: false })
  if (found !== undefined && !found.isFile() && !found.isDirectory()) return { kind: 'stream', path }
  // A link stays: its target is replaced.
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
  if (!isLink) return { kind: 'file', path }
  return { kind: 'file', path: found === undefined ? resolve(dirname(path), readlinkSync(path)) : realpathSync(path) }
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** A device or a pipe. Opening a pipe without a reader would block forever. */
function writeStream(path: string, text: string): void {
  let probe: number
  try {
    probe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENXIO'
      ? new Error(`nobody reads ${path}`, { cause: error })
      : error
  }
  try {
    writeFileSync(path, text)
  } finally {
    closeSync(probe)
  }
}

/** Node writes its own streams' pipes at once, and the descriptors of them may not be waited for. */
function writeOpen(fd: number, text: string): void {
  if (fd === 1) process.stdout.write(text)
  else if (fd === 2) process.stderr.write(text)
  else writeFileSync(fd, text)
}
