import { isCapturing, listeningPorts } from '../../flow/listener.ts'
import { findMesh } from '../../mesh/index.ts'
import type { Profile } from '../../mesh/profile.ts'

/** Why a mesh's proxy is taken to be there: the option that says so, or nothing. */
export type ProxyReason = '--mesh' | '--rules' | '--config' | 'assumed'

/** Whose proxy is there, and why: `proxy: OSM 1.2 (UID 1500, GID 0, 15001, 15003), by --mesh`. */
export function describeProxy({ mesh, release, proxy, listeners }: Profile, reason: ProxyReason): string {
  const why = reason === 'assumed' ? 'assumed: --mesh is not given' : `by ${reason}`
  const ports = listeningPorts(listeners.filter(isCapturing))
  return `proxy: ${findMesh(mesh).title} ${release} (${[`UID ${proxy.uid}`, `GID ${proxy.gid}`, ...ports].join(', ')}), ${why}`
}
