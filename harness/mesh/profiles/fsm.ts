import type { OwnMesh } from '../own-mesh.ts'

/** Flomesh Service Mesh, which OSM's code went on in (pkg/injector in flomesh-io/fsm). Its DNS proxy only by config. */
export const fsm: OwnMesh = {
  name: 'fsm',
  title: 'FSM',
  chains: ['FSM_PROXY_', 'fsm_PROXY_'],
  proxy: { uid: 1500, gid: 0 },
  spares: { uids: [1500], gids: [] },
  listeners: [
    { name: 'outbound', port: 15001, captures: 'outbound', speaks: 'relay' },
    { name: 'inbound', port: 15003, captures: 'inbound', speaks: 'relay' },
    { name: 'admin', port: 15000, on: 'loopback', speaks: 'admin' },
    { name: 'metrics', port: 15010, speaks: 'http' },
    { name: 'dns', port: 5300, protocol: 'udp', on: '127.0.0.153', captures: 'dns', speaks: 'dns' },
    ...[15901, 15902, 15903, 15904].map((port) => ({ name: 'probe', port, speaks: 'http' as const })),
  ],
  families: ['ipv4'],
  dnsServers: ['127.0.0.153'],
  onlyConfigured: ['dns'],
  leftAlone: { inbound: [15010, 15901, 15902, 15903, 15904], outbound: [] },
  ownAddress: { app: 'direct', proxy: 'inbound' },
}
