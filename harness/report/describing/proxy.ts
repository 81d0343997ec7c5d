import { isCapturing, listeningPorts } from '../../flow/listener.ts'
import { findMesh } from '../../mesh/index.ts'
import type { Profile } from '../../mesh/profile.ts'

/** Why a mesh's proxy is taken to be there: the option that says so, or what in the rules does. */
export type ProxyReason = '--mesh' | '--rules' | '--config' | { from: string }
/** The same where two sources are compared, one of which is the mesh's own. */
export type GateProxyReason = ProxyReason | '--baseline' | '--candidate'

/**
 * Whose proxy is there, and why: `proxy: OSM 1.2 (UID 1500, GID 0, 15001, 15003), by --mesh`, or
 * `proxy: Istio, from ISTIO_* chains, 15001, 15006, UID and GID 1337; --mesh chooses another`.
 */
export function describeProxy({ mesh, ofRules, release, proxy, listeners }: Profile, reason: GateProxyReason): string {
  const { title } = ofRules ?? findMesh(mesh)
  if (typeof reason === 'object') return `proxy: ${title}, from ${reason.from}; --mesh chooses another`
  const capturing = listeners.filter(isCapturing)
  const isTransparent = (port: number): boolean =>
    capturing.some((listener) => listener.port === port && listener.transparent)
  const ports = listeningPorts(capturing).map((port) => `${port}${isTransparent(port) ? ' transparent' : ''}`)
  return `proxy: ${[title, release].join(' ').trimEnd()} (${[`UID ${proxy.uid}`, `GID ${proxy.gid}`, ...ports].join(', ')}), by ${reason}`
}
