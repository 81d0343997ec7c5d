import type { Listener } from '../../flow/listener.ts'
import { noRouting } from '../../flow/policy-routing.ts'
import type { Profile } from '../profile.ts'
import { ports, proxyUid } from './ports.ts'
import { type Era, resolveRelease } from './releases.ts'

/**
 * OSM's promise in one release, whatever the config. Its Envoy runs as UID 1500 with no group of its own, hence GID 0;
 * OSM captures IPv4 alone.
 * @throws HarnessError (`input`) if no built-in release is meant.
 */
export function osmProfile(version: string): Profile {
  const { era, release } = resolveRelease(version)
  return {
    mesh: 'osm',
    release,
    proxy: { uid: proxyUid, gid: 0, groups: [] },
    spares: { uids: [proxyUid], gids: [] },
    listeners: listenersOf(era),
    families: ['ipv4'],
    dialsOn: { inbound: 'loopback', outbound: 'service' },
    beside: noRouting,
    leftAlone: { inbound: [ports.metrics, ...probesOf(era)], outbound: [] },
    ownAddress: era === 'F' ? { app: 'outbound', proxy: 'direct' } : { app: 'direct', proxy: 'inbound' },
  }
}

function listenersOf(era: Era): Listener[] {
  const tcp = { protocol: 'tcp', on: 'any' } as const
  return [
    { ...tcp, name: 'outbound', port: ports.outbound, captures: 'outbound', speaks: 'relay' },
    { ...tcp, name: 'inbound', port: ports.inbound, captures: 'inbound', speaks: 'relay' },
    { ...tcp, name: 'admin', port: ports.admin, on: 'loopback', speaks: 'admin' },
    { ...tcp, name: 'metrics', port: ports.metrics, speaks: 'http' },
    ...probesOf(era).map((port): Listener => ({ ...tcp, name: 'probe', port, speaks: 'http' })),
  ]
}

const probesOf = (era: Era): readonly number[] =>
  era === 'I' ? [...ports.httpProbes, ports.tcpProbe] : ports.httpProbes
