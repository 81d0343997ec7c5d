import type { OwnMesh } from '../own-mesh.ts'

/**
 * Linkerd's sidecar as its init container leaves it with the Helm chart's values (proxy-init in
 * linkerd/linkerd2-proxy-init): control and admin port, and those of the control plane, are left alone.
 */
export const linkerd: OwnMesh = {
  name: 'linkerd',
  title: 'Linkerd',
  chains: ['PROXY_INIT_'],
  proxy: { uid: 2102, gid: 2102 },
  spares: { uids: [2102], gids: [] },
  listeners: [
    { name: 'outbound', port: 4140, on: 'loopback', captures: 'outbound', speaks: 'relay' },
    { name: 'inbound', port: 4143, captures: 'inbound', speaks: 'relay' },
    { name: 'control', port: 4190, speaks: 'http' },
    { name: 'admin', port: 4191, speaks: 'http' },
  ],
  families: ['ipv4', 'ipv6'],
  leftAlone: { inbound: [4190, 4191, 4567, 4568], outbound: [4567, 4568] },
  ownAddress: { app: 'direct', proxy: 'direct' },
}
