import { resolve } from 'node:path'
import { inputError } from '../core/errors.ts'
import { readText } from '../sys/read-text.ts'
import type { RuleSource } from './source.ts'
import { textSource } from './text.ts'

/**
 * The rules in a file, for every config alike. It is read at once, so that a run never sees two versions.
 * @throws HarnessError (`input`) naming the path as it was written if it cannot be read.
 */
export function fileSource(id: string, path: string, directory: string): RuleSource {
  if (path === '') throw inputError(id, 'names no file', 'write file:PATH')
  return textSource(id, path, readText(resolve(directory, path), path))
}
