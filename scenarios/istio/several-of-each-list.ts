import { app, as, istio, proxy, remote, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const direct = (target: `${string}:${number}`) => app.tcp(target).isDirect(byPeer)
const captured = (target: `${string}:${number}`) => app.tcp(target).isRedirected('outbound')
const grouped = (gid: number) => as({ uid: 1000, gid }).tcp('203.0.113.10:443')

/** Several of each list, in both families: what a builder does to long lists shows beside others. */
const exclusions = {
  excludeIPRanges: '203.0.113.64/26,198.51.100.10/32,2001:db8:1::/48,2001:db8::1:0/112',
  excludeOutboundPorts: '6379,7070,65535',
  excludeInboundPorts: '1,5432,6060',
} as const
const inclusions = {
  includeIPRanges: '203.0.113.0/24,198.51.100.0/24,2001:db8::/32,fd00:1::/64',
  includeOutboundPorts: '8443,9090,27017',
} as const
const dualStack = { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' } as const
const annotations = { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1,net2' } as const
const interfaces = ['net1', 'net2', 'net3'] as const

const ranges = [
  ...[
    '203.0.113.63',
    '203.0.113.128',
    '198.51.100.9',
    '198.51.100.11',
    '[2001:db8::10]',
    '[2001:db8:2::1]',
    '[fd00:1::1]',
  ].map((address) => captured(`${address}:443`)),
  ...['203.0.113.64', '203.0.113.127', '198.51.100.10', '[2001:db8:1::1]', '[2001:db8::1:ffff]'].map((address) =>
    direct(`${address}:443`),
  ),
]

const ports = ['203.0.113.10', '[2001:db8::10]'].flatMap((address) => [
  ...[6379, 7070, 65535].map((port) => direct(`${address}:${port}`)),
  ...[6380, 65534].map((port) => captured(`${address}:${port}`)),
])

/** Outside of all included ranges. */
const included = ['192.0.2.10', '[fd00:2::1]'].flatMap((address) => [
  ...[8443, 9090, 27017].map((port) => captured(`${address}:${port}`)),
  ...[443, 8442, 9091].map((port) => direct(`${address}:${port}`)),
])

const dns = [
  ...['10.96.0.10:53', '10.96.0.11:53', '[fd00:96::10]:53', '[fd00:96::11]:53'].flatMap((server) => [
    app.udp(server).isRedirected('dns', { then: ['peer'], answered: true }),
    app.tcp(server).isRedirected('dns', { then: ['peer'] }),
    proxy.udp(server).isDirect({ ...byPeer, answered: true }),
  ]),
  app.udp('10.96.0.12:53').isDirect(byPeer),
  app.udp('[fd00:96::12]:53').isDirect(byPeer),
]

const inbound = (taken: { source?: 'client' }) => [
  ...[1, 5432, 6060].map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
  ...[2, 6379, 8443].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound', { then: ['app'], ...taken })),
  remote.tcp('pod:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
  remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
  remote.tcp('pod:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
]

const onInterfaces = [
  direct('peer.net1:8443'),
  direct('peer.net2:8443'),
  captured('peer.net3:8443'),
  remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
  remote.on('net2').tcp('pod.net2:8080').isDirect(byApp),
  remote.on('net3').tcp('pod.net3:8080').isRedirected('inbound'),
]

export default [
  scenario('from 1.17: several of each exclusion and inclusion, in both families, all hold, and nothing beside them', {
    rules: istio({ ...exclusions, ...inclusions, proxyMetadata: dualStack }),
    releases,
    flows: [...ranges, ...ports, ...included, ...inbound({}), proxy.tcp('203.0.113.10:443').isDirect(byPeer)],
  }),

  scenario('from 1.17: DNS to several servers of both families, beside groups and interfaces that are excluded', {
    rules: istio(
      {
        dnsServers: ['10.96.0.10', 'fd00:96::10', '10.96.0.11', 'fd00:96::11'],
        proxyMetadata: {
          ...dualStack,
          ...{ ISTIO_META_DNS_CAPTURE: 'true', ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '2001,2003' },
        },
      },
      annotations,
    ),
    releases,
    interfaces,
    flows: [
      ...dns,
      ...onInterfaces,
      ...[2001, 2003].map((gid) => grouped(gid).isDirect(byPeer)),
      grouped(2002).isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17, TPROXY: several of each exclusion, beside two excluded interfaces', {
    rules: istio({ ...exclusions, interceptionMode: 'TPROXY', proxyMetadata: dualStack }, annotations),
    releases,
    interfaces,
    flows: [...ranges, ...ports, ...onInterfaces, ...inbound({ source: 'client' })],
  }),
]
