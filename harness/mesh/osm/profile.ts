import type { Profile } from '../profile.ts'
import { ports, proxyUid } from './ports.ts'
import { resolveRelease } from './releases.ts'

/**
 * OSM's promise in one release. Its Envoy runs as UID 1500 with no group of its own, hence GID 0; OSM captures IPv4 alone.
 * @throws HarnessError (`input`) if no built-in release is meant.
 */
export function osmProfile(version: string): Profile {
  const { era, release } = resolveRelease(version)
  const { outbound, inbound, admin, metrics, httpProbes, tcpProbe } = ports
  return {
    mesh: 'osm',
    release,
    proxy: { uid: proxyUid, gid: 0, groups: [] },
    ports: { outbound, inbound, admin, metrics, probes: era === 'I' ? [...httpProbes, tcpProbe] : httpProbes },
    families: ['ipv4'],
  }
}
