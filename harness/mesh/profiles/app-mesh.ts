import type { OwnMesh } from '../own-mesh.ts'

/**
 * AWS App Mesh as its controller injects it: the proxy route manager's script with a UID alone, IPv6 unless an
 * annotation turns it off (pkg/inject/proxy.go in aws/aws-app-mesh-controller-for-k8s; the script itself stands in the
 * user guide, "Getting started with EC2"). Inbound, only APPMESH_APP_PORTS; SSH and the instance's metadata are left
 * alone outbound, and whatever is the pod's own, by `addrtype`.
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
  families: ['ipv4', 'ipv6'],
  leftAlone: { inbound: [], outbound: [22], ranges: ['169.254.169.254/32'] },
  onlyConfigured: ['inbound'],
  ownAddress: { app: 'direct', proxy: 'direct' },
}
