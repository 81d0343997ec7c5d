import { inputError } from '../core/errors.ts'
import { findMesh, newestRelease } from '../mesh/index.ts'
import { builtinSource } from './builtin.ts'
import { execSource } from './exec.ts'
import { fileSource } from './file.ts'
import type { RuleSource } from './source.ts'

/**
 * Reads what `--rules` says: `osm`, `osm@1.2`, `file:PATH` or `exec:COMMAND`.
 * @param directory the caller's: relative paths start there, and builders run there.
 * @throws HarnessError (`input`) if it is no source, or names a file that cannot be read.
 */
export function parseSource(text: string, directory: string): RuleSource {
  const [, kind, rest = ''] = /^(file|exec|image):(.*)$/s.exec(text) ?? []
  if (kind === 'file') return fileSource(text, rest, directory)
  if (kind === 'exec') return execSource(text, rest, directory)
  if (kind === 'image')
    throw inputError(text, 'sources of kind image: are not there yet', 'take a built-in one such as osm@1.2, or file:PATH or exec:COMMAND')
  const [name = '', release, ...more] = text.split('@')
  if (more.length > 0 || !/^[\w.-]+$/.test(name))
    throw inputError(text, 'is no source of rules', 'write NAME[@RELEASE], file:PATH or exec:COMMAND')
  const mesh = findMesh(name)
  return builtinSource(text, mesh, release ?? newestRelease(mesh))
}
