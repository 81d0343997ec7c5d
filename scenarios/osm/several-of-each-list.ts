import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const direct = (target: `${string}:${number}`) => app.tcp(target).isDirect(byPeer)
const captured = (target: `${string}:${number}`) => app.tcp(target).isRedirected('outbound')

/** Three of each exclusion list by the mesh, and two more by the pod: what a builder does to long lists shows beside others. */
const exclusions = {
  outboundPortExclusionList: [6379, 7070, 65535],
  inboundPortExclusionList: [1, 5432, 6060],
  outboundIPRangeExclusionList: ['192.0.2.64/26', '203.0.113.10/32', '198.51.100.128/25'],
  networkInterfaceExclusionList: ['net1', 'net2'],
} as const
const podExclusions = {
  'openservicemesh.io/outbound-port-exclusion-list': '7070, 9200, 27017',
  'openservicemesh.io/inbound-port-exclusion-list': '6060, 8443, 65535',
  'openservicemesh.io/outbound-ip-range-exclusion-list': '203.0.113.10/32, 203.0.113.96/27, 10.247.0.2/32',
} as const

const excluded = [
  ...[6379, 7070, 65535, 9200, 27017].map((port) => direct(`192.0.2.10:${port}`)),
  ...[
    '192.0.2.64',
    '192.0.2.127',
    '203.0.113.10',
    '198.51.100.128',
    '198.51.100.255',
    '203.0.113.96',
    '203.0.113.127',
  ].map((address) => direct(`${address}:443`)),
  ...(['net1', 'net2'] as const).flatMap((name) => [
    direct(`peer.${name}:443`),
    remote.on(name).tcp(`pod.${name}:8080`).isDirect(byApp),
  ]),
  ...[1, 5432, 6060, 8443, 65535].map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
]

/** Beside each of them. */
const around = [
  ...[1, 5432, 6060, 8443, 6378, 6380, 65534].map((port) => captured(`192.0.2.10:${port}`)),
  ...['192.0.2.63', '192.0.2.128', '203.0.113.11', '198.51.100.127', '203.0.113.95', '203.0.113.128'].map((address) =>
    captured(`${address}:443`),
  ),
  ...[2, 6379, 7070, 9200, 8442, 65534].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound')),
  remote.on('net3').tcp('pod.net3:8080').isRedirected('inbound'),
  root.tcp('203.0.113.11:443').isRedirected('outbound'),
]

const proxys = [
  proxy.tcp('203.0.113.11:443').isDirect(byPeer),
  proxy.tcp('peer.net3:443').isDirect(byPeer),
  proxy.tcp('pod:8080').isRedirected('inbound'),
  remote.tcp('pod:15010', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
  remote.tcp('pod:15903', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
  remote.tcp('pod:15904', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
]

const pod = { releases: '>=1.2', interfaces: ['net1', 'net2', 'net3'] } as const

export default [
  scenario('from 1.1.1: several of each exclusion list, of mesh and pod, all hold, and nothing beside them', {
    ...pod,
    rules: osm(exclusions, podExclusions),
    flows: [
      ...excluded,
      ...around,
      ...proxys,
      captured('peer.net3:443'),
      proxy.tcp('lo:8080').isDirect(byApp),
      app.tcp('lo:8080').isDirect(byApp),
    ],
  }),

  scenario('from 1.1.1: the same in a privileged init container, with included ranges and PodIP', {
    ...pod,
    rules: osm(
      {
        ...exclusions,
        outboundIPRangeInclusionList: ['192.0.2.0/24', '203.0.113.0/24', '10.245.0.0/16'],
        localProxyMode: 'PodIP',
        enablePrivilegedInitContainer: true,
      },
      { ...podExclusions, 'openservicemesh.io/outbound-ip-range-inclusion-list': '198.51.100.0/24, 10.246.0.0/24' },
    ),
    flows: [
      ...excluded,
      ...around,
      ...proxys,
      direct('peer.net3:443'),
      direct('192.0.1.255:443'),
      direct('198.51.101.0:443'),
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
      proxy.tcp('lo:6379').isTranslated('pod:6379'),
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('pod:8080').isDirect(byApp),
    ],
  }),
]
