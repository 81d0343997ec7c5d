import { existsSync } from 'node:fs'
import { inputError } from '../../core/errors.ts'
import { meshes } from '../../mesh/index.ts'
import { fromCaller } from '../command/caller.ts'

/**
 * What is examined, as `--rules` writes it: a file by its path, `-` for standard input, or any other source.
 * @throws HarnessError (`input`) if nothing is named.
 */
export function sourceNamed(text: string | undefined): string {
  if (text === undefined) throw inputError('repro', 'names no file', 'write repro FILE, or repro - for standard input')
  if (/^(?:file|exec|image):/.test(text)) return text
  if (text === '-' || existsSync(fromCaller(text))) return `file:${text}`
  return meshes.has(text.split('@')[0] ?? '') ? text : `file:${text}`
}
