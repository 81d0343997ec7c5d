import { inputError } from '../core/errors.ts'
import { didYouMean } from '../input/nearest-name.ts'
import * as listed from './list.ts'
import type { Mesh, MeshPromise } from './mesh.ts'
import { profiles } from './profiles/index.ts'

const known = new Map<string, MeshPromise>(
  [...Object.values(listed).map(({ mesh }) => mesh), ...profiles].map((mesh) => [mesh.name, mesh]),
)

/** Which of them users have described. */
const own = new Set<string>()

/** The meshes that Sidetrack knows, by name. */
export const meshes: ReadonlyMap<string, MeshPromise> = known

/** @throws HarnessError (`input`) if Sidetrack knows no mesh of this name. */
export function findMesh(name: string): MeshPromise {
  const mesh = meshes.get(name)
  if (mesh !== undefined) return mesh
  const known = `known are: ${[...meshes.keys()].join(', ')}; or name a file, such as ./my-mesh.json`
  throw inputError(name, 'no mesh of this name is known', didYouMean(name, meshes.keys()) ?? known)
}

/** @throws HarnessError (`input`) if Sidetrack knows no mesh of this name, or only others make rules for it. */
export function findBuilder(name: string): Mesh {
  const mesh = findMesh(name)
  if (isBuiltIn(mesh)) return mesh
  throw inputError(name, `no builder for ${mesh.title} is built in`, "write --rules 'exec:COMMAND' or file:PATH")
}

export const isBuiltIn = (mesh: MeshPromise): mesh is Mesh => 'build' in mesh

/** Whether what loads rules in a release looks at what stands in the pod first, and leaves its own as they are. */
export const looksFirst = (mesh: MeshPromise, release: string): boolean =>
  isBuiltIn(mesh) && (mesh.looksFirst?.(release) ?? false)

/** Makes a mesh of one's own known. @throws HarnessError (`input`) if the name is that of another one. */
export function addMesh(where: string, mesh: MeshPromise): void {
  if (meshes.has(mesh.name) && !own.has(mesh.name))
    throw inputError(where, `name: '${mesh.name}' is a mesh that Sidetrack knows already`, 'give yours another name')
  own.add(mesh.name)
  known.set(mesh.name, mesh)
}

/** The newest release whose promise is known. */
export function newestRelease(mesh: MeshPromise): string {
  const newest = mesh.releases.at(-1)
  if (newest === undefined) throw new TypeError(`mesh ${mesh.name} has no release`)
  return newest
}
