import { inputError } from '../../core/errors.ts'
import { addMesh, findMesh, newestRelease } from '../../mesh/index.ts'
import { readOwnMesh } from '../../mesh/own-mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import { readText } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'
import { optional } from '../command/option.ts'

/** A mesh, and perhaps one release of it. */
export interface MeshChoice {
  name: string
  release?: string
  /** The file that it was read from. */
  file?: string
}

/** Whose proxy is beside rules that may be anybody's. */
export const proxyOption = optional(
  'NAME[@RELEASE]',
  "whose proxy is there: its ports and identity; by default the rules' own",
  readMesh,
)

/**
 * Reads `--mesh NAME[@RELEASE]`, or the name of a file that describes a mesh of one's own.
 * @throws HarnessError (`input`) if no such mesh or release is known.
 */
export function readMesh(text: string): MeshChoice {
  if (text.includes('/') || text.endsWith('.json')) {
    const mesh = readOwnMesh(text, readText(fromCaller(text), text))
    addMesh(text, mesh)
    return { name: mesh.name, file: text }
  }
  const [name = '', release, ...rest] = text.split('@')
  if (rest.length > 0 || release === '') throw inputError('--mesh', `'${text}' is not NAME[@RELEASE]`)
  if (name === '') throw inputError('--mesh', `'${text}' names no mesh`, 'write NAME[@RELEASE]')
  const mesh = findMesh(name)
  if (release !== undefined) mesh.profile(release)
  return release === undefined ? { name } : { name, release }
}

/** A mesh's promise under an empty config. */
export function promiseOf({ name, release }: MeshChoice): Profile {
  const mesh = findMesh(name)
  return mesh.profile(release ?? newestRelease(mesh))
}
