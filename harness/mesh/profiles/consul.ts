import type { OwnMesh } from '../own-mesh.ts'

/**
 * Consul's dataplane with transparent proxy (sdk/iptables in hashicorp/consul, which followed OSM's first rules), and
 * with DNS as consul-k8s has it, where its pods ask 127.0.0.1 (control-plane/connect-inject/webhook).
 */
export const consul: OwnMesh = {
  name: 'consul',
  title: 'Consul',
  chains: ['CONSUL_PROXY_', 'CONSUL_DNS_'],
  proxy: { uid: 5995, gid: 5995 },
  spares: { uids: [5995], gids: [] },
  listeners: [
    { name: 'outbound', port: 15001, captures: 'outbound', speaks: 'relay' },
    { name: 'inbound', port: 20000, captures: 'inbound', speaks: 'relay' },
    { name: 'admin', port: 19000, on: 'loopback', speaks: 'admin' },
    { name: 'dns', port: 8600, protocol: 'udp', on: '127.0.0.1', captures: 'dns', speaks: 'dns' },
    { name: 'dns', port: 8600, protocol: 'tcp', on: '127.0.0.1', captures: 'dns', speaks: 'dns' },
  ],
  families: ['ipv4', 'ipv6'],
  dnsServers: ['127.0.0.1'],
  ownAddress: { app: 'outbound', proxy: 'direct' },
}
