import { app, inner, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const dns = { dnsServers: ['10.96.0.10'], proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } }

const nat = ['ISTIO_OUTPUT', 'ISTIO_INBOUND', 'ISTIO_REDIRECT', 'ISTIO_IN_REDIRECT']
const removed = (table: string, chains: readonly string[]): string[] =>
  chains.flatMap((chain) => [`-t ${table} -F ${chain}`, `-t ${table} -X ${chain}`])
const commands = (...all: string[]): string => all.map((each) => `iptables ${each}\n`).join('')

/** What istio-clean-iptables does up to 1.22 of which something comes; that a command fails it never minds. */
const inboundJump = '-t nat -D PREROUTING -p tcp -j ISTIO_INBOUND'
const jumps = [inboundJump, '-t nat -D OUTPUT -p tcp -j ISTIO_OUTPUT']

export default [
  scenario('up to 1.17: after clean-up nothing is captured', {
    rules: istio({ excludeOutboundPorts: '6379' }),
    releases: '<=1.17',
    proxy: 'down',
    cleanUp: commands(...jumps, ...removed('nat', nat)),
    tags: ['istio#54448'],
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      root.tcp('203.0.113.10:6379').isDirect(byPeer),
      proxy.tcp('pod:8080').isDirect(byApp),
      remote.tcp('pod:8080').isDirect(byApp),
      app.udp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  // From 1.23 on clean-up undoes what istio-iptables would do with the same options.
  scenario('from 1.31: after clean-up nothing is captured, and DNS is answered by its server', {
    rules: istio(dns),
    releases: '>=1.31',
    proxy: 'down',
    cleanUp: commands(
      '-t raw -D PREROUTING -j ISTIO_INBOUND',
      '-t raw -D OUTPUT -j ISTIO_OUTPUT_DNS',
      '-t nat -D OUTPUT -j ISTIO_OUTPUT',
      inboundJump,
      ...removed('raw', ['ISTIO_INBOUND', 'ISTIO_OUTPUT_DNS']),
      ...removed('nat', ['ISTIO_OUTPUT', 'ISTIO_OUTPUT_DNS', 'ISTIO_INBOUND', 'ISTIO_REDIRECT', 'ISTIO_IN_REDIRECT']),
    ),
    tags: ['istio#30674'],
    flows: [
      app.udp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('pod:8080').isDirect(byApp),
      remote.tcp('pod:8080').isDirect(byApp),
    ],
  }),

  // What 1.31 undoes is not what 1.17 has done: DNS by UDP is redirected in OUTPUT itself, and to nobody any more.
  scenario("1.17: a later release's clean-up leaves the rules for DNS, and queries by UDP are lost", {
    rules: istio(dns),
    releases: '1.17',
    proxy: 'down',
    cleanUp: commands(
      inboundJump,
      '-t nat -F ISTIO_OUTPUT',
      ...removed('nat', ['ISTIO_INBOUND', 'ISTIO_REDIRECT', 'ISTIO_IN_REDIRECT']),
    ),
    tags: ['surprise', 'istio#54448'],
    flows: [
      app.udp('10.96.0.10:53').isDropped(),
      root.udp('10.96.0.10:53').isDropped(),
      app.tcp('10.96.0.10:53').isDirect(byPeer),
      app.udp('203.0.113.53:53').isDirect(byPeer),
      proxy.udp('10.96.0.10:53').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect(byApp),
    ],
  }),

  scenario('1.17: what clean-up leaves of excluded interfaces and invalid packets captures nothing', {
    rules: istio({ proxyMetadata: { INVALID_DROP: 'true' } }, { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' }),
    releases: '1.17',
    proxy: 'down',
    interfaces: ['net1'],
    cleanUp: commands(...jumps, ...removed('nat', nat)),
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect(byApp),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
    ],
  }),

  // PREROUTING still jumps to ISTIO_REDIRECT, which clean-up therefore empties and cannot delete.
  scenario("1.17: a rerouted interface's rule outlives clean-up and leads into an empty chain", {
    rules: istio({}, { 'traffic.sidecar.istio.io/kubevirtInterfaces': 'br0' }),
    releases: '1.17',
    proxy: 'down',
    inner: true,
    cleanUp: commands(
      ...jumps,
      ...removed('nat', nat.slice(0, 2)),
      '-t nat -F ISTIO_REDIRECT',
      ...removed('nat', nat.slice(3)),
    ),
    tags: ['istio#48368'],
    flows: [
      inner.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect(byApp),
    ],
  }),

  // Clean-up takes no `ip rule` back: what carries the mark is still everybody's own.
  scenario('1.17, TPROXY: after clean-up nothing is captured, but what a program marks 1337 does not leave the pod', {
    rules: istio({ interceptionMode: 'TPROXY' }),
    releases: '1.17',
    proxy: 'down',
    cleanUp: commands(
      '-t mangle -D PREROUTING -p tcp -j ISTIO_INBOUND',
      '-t nat -D OUTPUT -p tcp -j ISTIO_OUTPUT',
      ...removed('nat', ['ISTIO_OUTPUT', 'ISTIO_INBOUND']),
      ...removed('mangle', ['ISTIO_INBOUND', 'ISTIO_DIVERT', 'ISTIO_TPROXY']),
      '-t mangle -D PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark',
      '-t mangle -D OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark',
      ...removed('nat', ['ISTIO_REDIRECT', 'ISTIO_IN_REDIRECT']),
    ),
    tags: ['surprise', 'istio#54448'],
    flows: [
      remote.tcp('pod:8080').isDirect(byApp),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('pod:8080').isDirect(byApp),
      app.tcp('203.0.113.10:81', { mark: 1337, sourceAddress: '10.244.0.5' }).isDropped(),
      app.tcp('203.0.113.10:82', { mark: 1338 }).isDirect(byPeer),
    ],
  }),
]
