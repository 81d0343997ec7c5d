import type { OwnMesh } from '../own-mesh.ts'

/**
 * Kuma's sidecar as its injector has `kumactl install transparent-proxy` set it up on Kubernetes (pkg/transparentproxy
 * and pkg/plugins/runtime/k8s in kumahq/kuma): with `--redirect-all-dns-traffic`, since the data plane's own DNS is on
 * there. Up to 2.0 the chains had no name of Kuma's (MESH_INBOUND).
 */
export const kuma: OwnMesh = {
  name: 'kuma',
  title: 'Kuma',
  chains: ['KUMA_MESH_', 'MESH_INBOUND', 'MESH_OUTBOUND'],
  proxy: { uid: 5678, gid: 5678 },
  spares: { uids: [5678], gids: [] },
  listeners: [
    { name: 'outbound', port: 15001, captures: 'outbound', speaks: 'relay' },
    { name: 'inbound', port: 15006, captures: 'inbound', speaks: 'relay' },
    { name: 'admin', port: 9901, on: 'loopback', speaks: 'admin' },
    { name: 'dns', port: 15053, protocol: 'udp', on: 'loopback', captures: 'dns', speaks: 'dns' },
    { name: 'dns', port: 15053, protocol: 'tcp', on: 'loopback', captures: 'dns', speaks: 'dns' },
  ],
  families: ['ipv4', 'ipv6'],
  dialsOn: { inbound: { from: { ipv4: '127.0.0.6', ipv6: '::6' } }, outbound: 'service' },
  beside: { rules: [], routes: [], loopbackAddresses: ['::6'] },
  ownAddress: { app: 'direct', proxy: 'inbound' },
}
