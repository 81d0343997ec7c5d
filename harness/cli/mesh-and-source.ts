import { inputError } from '../core/errors.ts'
import { findMesh } from '../mesh/index.ts'
import type { RuleSource } from '../source/source.ts'
import { callerDirectory } from './caller.ts'

/**
 * Reads `--mesh NAME[@RELEASE]`.
 * @throws HarnessError (`input`) if no such mesh or release is known.
 */
export function readMesh(text: string): { name: string; release?: string } {
  const [name = '', release, ...rest] = text.split('@')
  if (rest.length > 0 || release === '') throw inputError('--mesh', `'${text}' is not NAME[@RELEASE]`)
  const mesh = findMesh(name)
  if (release !== undefined) mesh.profile(release)
  return release === undefined ? { name } : { name, release }
}

/**
 * Reads `--rules SRC`.
 * @throws HarnessError (`input`) if it is no source, or its file does not exist.
 */
export async function readSource(text: string): Promise<RuleSource> {
  const { parseSource } = await import('../source/parse.ts')
  return parseSource(text, callerDirectory)
}
