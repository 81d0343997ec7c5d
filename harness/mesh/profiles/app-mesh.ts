import type { OwnMesh } from '../own-mesh.ts'

/**
 * AWS App Mesh's proxy route manager: inbound, only APPMESH_APP_PORTS; SSH and the instance's metadata are left alone
 * outbound.
 */
export const appMesh: OwnMesh = {
  name: 'app-mesh',
  title: 'AWS App Mesh',
  chains: ['APPMESH_'],
  proxy: { uid: 1337, gid: 1337 },
  spares: { uids: [1337], gids: [] },
  listeners: [
    { name: 'outbound', port: 15001, captures: 'outbound', speaks: 'relay' },
    { name: 'inbound', port: 15000, captures: 'inbound', speaks: 'relay' },
    { name: 'admin', port: 9901, on: 'loopback', speaks: 'admin' },
  ],
  families: ['ipv4'],
  leftAlone: { inbound: [], outbound: [22], ranges: ['169.254.169.254/32'] },
  onlyConfigured: ['inbound'],
  ownAddress: { app: 'direct', proxy: 'direct' },
}
