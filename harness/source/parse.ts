import { inputError } from '../core/errors.ts'
import { didYouMean } from '../input/nearest-name.ts'
import { findBuilder, isBuiltIn, meshes, newestRelease } from '../mesh/index.ts'
import type { AccountOptions } from './rules/accounts.ts'
import { builtinSource } from './kinds/builtin.ts'
import type { CaptureOptions } from './capture/capture.ts'
import { execSource } from './kinds/exec.ts'
import { fileSource } from './kinds/file.ts'
import { imageSource } from './kinds/image.ts'
import type { RuleSource } from './rules/source.ts'

/** What there is to say of a source beside what it is. */
export interface SourceOptions extends CaptureOptions {
  /** Keeps the caller's environment from a program that is run. */
  cleanEnv?: boolean
  /** What names of users and groups in the rules stand for. */
  accounts?: AccountOptions
}

/**
 * Reads what `--rules` says: `osm`, `osm@1.2`, `file:PATH`, `exec:COMMAND` or `image:NAME ARGS`.
 * @param directory the caller's: relative paths start there, and builders run there.
 * @param options what the caller says of a captured text, and of a program that is run.
 * @throws HarnessError (`input`) if it is no source, if an option says nothing of it, or if its file cannot be read or
 * holds no rules.
 */
export function parseSource(text: string, directory: string, options: SourceOptions = {}): RuleSource {
  const [, kind, rest = ''] = /^(file|exec|image):(.*)$/s.exec(text) ?? []
  if (options.cleanEnv && kind !== 'exec')
    throw inputError('--clean-env', `${text} runs no program of the caller's`, 'leave it out')
  if (kind === 'file') return fileSource(text, rest, directory, options)
  if (options.snapshot !== undefined)
    throw inputError('--snapshot', `${text} is no captured text`, 'only file:PATH has snapshots')
  if (options.complete)
    throw inputError('--complete', `${text} is no captured text`, 'only file:PATH can have something missing')
  if (kind === 'exec') return execSource(text, rest, directory, options)
  if (kind === 'image') return imageSource(text, rest, { accounts: options.accounts ?? {} })
  const [given] = Object.values(options.accounts?.given ?? {})
  if (given !== undefined) throw inputError(given.where, `${text} names no user and no group`, 'leave it out')
  const [name = '', release, ...more] = text.split('@')
  if (more.length > 0 || !/^[\w.-]+$/.test(name))
    throw inputError(text, 'is no source of rules', 'write NAME[@RELEASE], file:PATH, exec:COMMAND or image:NAME')
  if (!meshes.has(name)) throw inputError(text, 'is no source of rules', hintFor(name))
  const mesh = findBuilder(name)
  return builtinSource(text, mesh, release ?? newestRelease(mesh))
}

function hintFor(name: string): string {
  const own = [...meshes.values()].filter(isBuiltIn).map((mesh) => mesh.name)
  return didYouMean(name, own) ?? `write ${own.join(', ')}, file:PATH, exec:COMMAND or image:NAME`
}
