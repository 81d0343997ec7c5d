import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { inputError } from '../core/errors.ts'
import type { CaptureOptions } from './capture/capture.ts'
import { decodeCapture } from './capture/decode.ts'
import type { RuleSource } from './source.ts'
import { capturedSource } from './text.ts'

const largest = 64 * 1024 * 1024

/**
 * The rules in a file, for every config alike. It is read at once, so that a run never sees two versions.
 * @param options what the caller says of the text.
 * @throws HarnessError (`input`) naming the path as it was written if it cannot be read, or holds no rules.
 */
export function fileSource(id: string, path: string, directory: string, options: CaptureOptions = {}): RuleSource {
  if (path === '') throw inputError(id, 'names no file', 'write file:PATH')
  const { text, cleaned } = decodeCapture(readBytes(path, resolve(directory, path)), path)
  return capturedSource(id, path, text, options, cleaned)
}

function readBytes(path: string, absolute: string): Uint8Array {
  try {
    const { size } = statSync(absolute)
    if (size > largest) throw inputError(path, `is larger than ${largest} bytes`)
    return readFileSync(absolute)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    const reasons: Record<string, string> = { ENOENT: 'no such file', EISDIR: 'is a folder', EACCES: 'may not be read' }
    throw inputError(path, reasons[code] ?? `cannot be read (${code})`)
  }
}
