import { app, as, inner, istio, proxy, remote, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const annotation = (name: string, value: string) => ({ [`traffic.sidecar.istio.io/${name}`]: value })
const numbers = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)

/** In no order, with spaces, and more than a multiport match would hold. */
const ports = `9090, 80,65535 ,40000,8080,${numbers(7001, 11).join(',')}, 443`
const listed = [9090, 80, 65535, 40000, 8080, 7001, 7010, 7011, 443]
const beside = [9089, 9091, 79, 81, 65534, 39999, 8081, 7000, 7012, 444]

/** The last of them has host bits. */
const ranges = [
  ...numbers(0, 15).map((third) => `198.18.${third}.0/24`),
  '203.0.113.192/26',
  '100.64.0.0/10',
  '192.0.2.129/25',
]
const within = [
  '198.18.0.0',
  '198.18.1.255',
  '198.18.14.1',
  '203.0.113.192',
  '203.0.113.255',
  '100.64.0.0',
  '100.127.255.255',
  '192.0.2.128',
]
const without = ['198.17.255.255', '198.18.15.0', '203.0.113.191', '100.63.255.255', '100.128.0.0', '192.0.2.127']

const groups = numbers(2001, 32)
const group = (gid: number) => as({ uid: 1000, gid })

export default [
  scenario('long lists of excluded outbound ports hold from their first to their last element', {
    rules: istio({}, annotation('excludeOutboundPorts', ports)),
    flows: [
      ...listed.map((port) => app.tcp(`203.0.113.10:${port}`).isDirect(byPeer)),
      ...beside.map((port) => app.tcp(`203.0.113.10:${port}`).isRedirected('outbound')),
    ],
  }),

  scenario('from 1.17: long lists of included outbound ports hold from their first to their last element', {
    rules: istio({ includeIPRanges: '' }, annotation('includeOutboundPorts', ports)),
    releases: '>=1.17',
    flows: [
      ...listed.map((port) => app.tcp(`203.0.113.10:${port}`).isRedirected('outbound')),
      ...beside.map((port) => app.tcp(`203.0.113.10:${port}`).isDirect(byPeer)),
    ],
  }),

  scenario('long lists of excluded inbound ports hold from their first to their last element, and those behind them', {
    rules: istio({}, annotation('excludeInboundPorts', ports)),
    flows: [
      ...listed.map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
      ...beside.map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound')),
      remote.tcp('pod:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
      remote.tcp('pod:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
    ],
  }),

  scenario('from 1.17: long lists of included inbound ports hold from their first to their last element', {
    rules: istio({}, annotation('includeInboundPorts', ports)),
    releases: '>=1.17',
    flows: [
      ...listed.map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound')),
      ...beside.map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
    ],
  }),

  scenario('long lists of excluded ranges hold from their first to their last element', {
    rules: istio({ excludeIPRanges: ranges.join(',') }),
    flows: [
      ...within.map((address) => app.tcp(`${address}:80`).isDirect(byPeer)),
      ...without.map((address) => app.tcp(`${address}:80`).isRedirected('outbound')),
    ],
  }),

  scenario('long lists of included ranges hold from their first to their last element', {
    rules: istio({ includeIPRanges: ranges.join(',') }),
    flows: [
      ...within.map((address) => app.tcp(`${address}:80`).isRedirected('outbound')),
      ...without.map((address) => app.tcp(`${address}:80`).isDirect(byPeer)),
    ],
  }),

  scenario("from 1.17: every address as an included range is as good as '*'", {
    rules: istio({
      includeIPRanges: '0.0.0.0/0,::/0',
      proxyMetadata: { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' },
    }),
    releases: '>=1.17',
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('[2001:db8::10]:80').isRedirected('outbound'),
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('peer:80').isDirect(byPeer),
    ],
  }),

  scenario('from 1.17: of many interfaces all that are excluded are left alone', {
    rules: istio({}, annotation('excludeInterfaces', 'net1, net2,net4 ,net5,net6')),
    releases: '>=1.17',
    interfaces: ['net1', 'net2', 'net3', 'net4', 'net5', 'net6'],
    flows: [
      ...[1, 2, 4, 5, 6].flatMap((number) => [
        remote.on(`net${number}`).tcp(`pod.net${number}:8080`).isDirect(byApp),
        app.tcp(`peer.net${number}:80`).isDirect(byPeer),
      ]),
      remote.on('net3').tcp('pod.net3:8080').isRedirected('inbound'),
      app.tcp('peer.net3:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('the first of several rerouted interfaces is one', {
    rules: istio({}, annotation('kubevirtInterfaces', 'br0, vm1,vm2')),
    inner: true,
    flows: [inner.tcp('203.0.113.10:80').isRedirected('outbound'), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  scenario('the last of many rerouted interfaces is one, for the first and for the last of the included ranges', {
    rules: istio(
      { includeIPRanges: ranges.join(',') },
      annotation('kubevirtInterfaces', `${numbers(1, 16).map((each) => `vm${each}`)}, br0`),
    ),
    inner: true,
    flows: [
      ...within.map((address) => inner.tcp(`${address}:80`).isRedirected('outbound')),
      ...without.map((address) => inner.tcp(`${address}:80`).isDirect(byPeer)),
      app.tcp('203.0.113.255:80').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17: many included groups are all captured', {
    rules: istio({ proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS: groups.join(',') } }),
    releases: '>=1.17',
    flows: [
      ...[2001, 2002, 2003, 2016, 2017, 2031, 2032].map((gid) =>
        group(gid).tcp('203.0.113.10:80').isRedirected('outbound'),
      ),
      ...[2000, 2033, 1000].map((gid) => group(gid).tcp('203.0.113.10:80').isDirect(byPeer)),
      as({ uid: 1000, gid: 1000, groups: [2001, 2032] })
        .tcp('203.0.113.10:80')
        .isDirect(byPeer),
    ],
  }),

  scenario('from 1.17: of many excluded groups none is captured', {
    rules: istio({ proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: groups.slice(0, 17).join(',') } }),
    releases: '>=1.17',
    flows: [
      ...[2001, 2002, 2003, 2016, 2017].map((gid) => group(gid).tcp('203.0.113.10:80').isDirect(byPeer)),
      ...[2000, 2018, 1000].map((gid) => group(gid).tcp('203.0.113.10:80').isRedirected('outbound')),
    ],
  }),

  scenario('of many UIDs and GIDs of the proxy each is exempt', {
    rules: istio({ proxyUID: '1337,3001,3002,3003,3004', proxyGID: '4001,1337,4002,4003,4004' }),
    flows: [
      ...[1337, 3001, 3002, 3003, 3004].map((uid) => as({ uid, gid: 1000 }).tcp('203.0.113.10:80').isDirect(byPeer)),
      ...[3000, 3005, 4001].map((uid) => as({ uid, gid: 1000 }).tcp('203.0.113.10:80').isRedirected('outbound')),
      ...[4001, 1337, 4002, 4003, 4004].map((gid) => group(gid).tcp('203.0.113.10:80').isDirect(byPeer)),
      ...[4000, 4005, 3001].map((gid) => group(gid).tcp('203.0.113.10:80').isRedirected('outbound')),
      as({ uid: 1337, gid: 1000 })
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17: each of three DNS servers is captured in each family', {
    rules: istio({
      dnsServers: ['10.96.0.10', 'fd00:96::10', '10.96.0.11', 'fd00:96::11', '10.96.0.12', 'fd00:96::12'],
      proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true', ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' },
    }),
    releases: '>=1.17',
    flows: [
      ...['10.96.0.10', '10.96.0.11', '10.96.0.12', '[fd00:96::10]', '[fd00:96::11]', '[fd00:96::12]'].flatMap(
        (server) => [
          app.udp(`${server}:53`).isRedirected('dns', { then: ['peer'] }),
          app.tcp(`${server}:53`).isRedirected('dns', { then: ['peer'] }),
          proxy.udp(`${server}:53`).isDirect(byPeer),
          app.udp(`${server}:54`).isDirect(byPeer),
          app.tcp(`${server}:54`).isRedirected('outbound'),
        ],
      ),
      ...['10.96.0.9', '10.96.0.13', '[fd00:96::f]', '[fd00:96::13]'].flatMap((server) => [
        app.udp(`${server}:53`).isDirect(byPeer),
        app.tcp(`${server}:53`).isRedirected('outbound'),
      ]),
    ],
  }),
]
