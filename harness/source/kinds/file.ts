import { resolve } from 'node:path'
import { inputError } from '../../core/errors.ts'
import { readBytes } from '../../sys/files/read-text.ts'
import type { AccountOptions } from '../rules/accounts.ts'
import type { CaptureOptions } from '../capture/capture.ts'
import { decodeCapture } from '../capture/decode.ts'
import type { RuleSource } from '../rules/source.ts'
import { capturedSource } from './captured.ts'

/**
 * The rules in a file, or for `-` from standard input, for every config alike. It is read at once, so that a run never
 * sees two versions.
 * @param options what the caller says of the text, and of the names of accounts in it.
 * @throws HarnessError (`input`) naming the path as it was written if it cannot be read, or holds no rules.
 */
export function fileSource(
  id: string,
  path: string,
  directory: string,
  options: CaptureOptions & { accounts?: AccountOptions } = {},
): RuleSource {
  if (path === '') throw inputError(id, 'names no file', 'write file:PATH, or file:- for standard input')
  const [name, file] = path === '-' ? ['standard input', '/dev/stdin'] : [path, resolve(directory, path)]
  const { text, cleaned } = decodeCapture(readBytes(file, name), name)
  return capturedSource(id, name, text, options, cleaned)
}
