import { inputError } from '../core/errors.ts'
import * as listed from './list.ts'
import type { Mesh } from './mesh.ts'

/** The meshes that Sidetrack knows, by name. */
export const meshes: ReadonlyMap<string, Mesh> = new Map(Object.values(listed).map(({ mesh }) => [mesh.name, mesh]))

/** @throws HarnessError (`input`) if Sidetrack knows no mesh of this name. */
export function findMesh(name: string): Mesh {
  const mesh = meshes.get(name)
  if (mesh === undefined) throw inputError(name, 'no mesh of this name is known', `known are: ${[...meshes.keys()].join(', ')}`)
  return mesh
}

/** The newest release whose builder is built in. */
export function newestRelease(mesh: Mesh): string {
  const newest = mesh.releases.at(-1)
  if (newest === undefined) throw new TypeError(`mesh ${mesh.name} has no release`)
  return newest
}
