import { app, osm, remote, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const numbers = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)

/** In no order, and more than two multiport matches hold. */
const ports = [9090, 80, 65535, 40000, 8080, ...numbers(7001, 30), 443]
const listed = [9090, 80, 65535, 40000, 8080, 7001, 7010, 7011, 7012, 7025, 7026, 7030, 443]
const beside = [9089, 9091, 79, 81, 65534, 39999, 8081, 7000, 7031, 444]

/** The last of them has host bits. */
const ranges = [
  ...numbers(0, 30).map((third) => `198.18.${third}.0/24`),
  '203.0.113.192/26',
  '100.64.0.0/10',
  '192.0.2.129/25',
]
const within = [
  '198.18.0.0',
  '198.18.1.255',
  '198.18.29.1',
  '203.0.113.192',
  '203.0.113.255',
  '100.64.0.0',
  '100.127.255.255',
  '192.0.2.128',
]
const without = ['198.17.255.255', '198.18.30.0', '203.0.113.191', '100.63.255.255', '100.128.0.0', '192.0.2.127']

export default [
  scenario('long lists of excluded outbound ports by pod annotation hold from their first to their last element', {
    rules: osm({}, { 'openservicemesh.io/outbound-port-exclusion-list': ports.join(', ') }),
    flows: [
      ...listed.map((port) => app.tcp(`203.0.113.10:${port}`).isDirect(byPeer)),
      ...beside.map((port) => app.tcp(`203.0.113.10:${port}`).isRedirected('outbound')),
    ],
  }),

  scenario('long lists of excluded inbound ports by pod annotation hold from their first to their last element', {
    rules: osm({}, { 'openservicemesh.io/inbound-port-exclusion-list': ports.join(', ') }),
    flows: [
      ...listed.map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
      ...beside.map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound')),
    ],
  }),

  scenario('from 1.1: long lists of excluded ranges by pod annotation hold from their first to their last element', {
    rules: osm({}, { 'openservicemesh.io/outbound-ip-range-exclusion-list': ranges.join(', ') }),
    releases: '>=1.1',
    flows: [
      ...within.map((address) => app.tcp(`${address}:80`).isDirect(byPeer)),
      ...without.map((address) => app.tcp(`${address}:80`).isRedirected('outbound')),
    ],
  }),

  scenario('from 1.1: long lists of included ranges by pod annotation hold from their first to their last element', {
    rules: osm({}, { 'openservicemesh.io/outbound-ip-range-inclusion-list': ranges.join(', ') }),
    releases: '>=1.1',
    flows: [
      ...within.map((address) => app.tcp(`${address}:80`).isRedirected('outbound')),
      ...without.map((address) => app.tcp(`${address}:80`).isDirect(byPeer)),
    ],
  }),

  scenario("from 1.1: long lists of the mesh's included ranges hold as well, beside the pod's", {
    rules: osm(
      { outboundIPRangeInclusionList: ranges },
      { 'openservicemesh.io/outbound-ip-range-inclusion-list': '198.51.100.0/25' },
    ),
    releases: '>=1.1',
    flows: [
      ...[...within, '198.51.100.0', '198.51.100.127'].map((address) =>
        app.tcp(`${address}:80`).isRedirected('outbound'),
      ),
      ...[...without, '198.51.100.128'].map((address) => app.tcp(`${address}:80`).isDirect(byPeer)),
    ],
  }),

  scenario('from 1.1.1: of many interfaces all that are excluded are left alone', {
    rules: osm({ networkInterfaceExclusionList: ['net1', 'net2', 'net4', 'net5', 'net6'] }),
    releases: '>=1.2',
    interfaces: ['net1', 'net2', 'net3', 'net4', 'net5', 'net6'],
    flows: [
      ...[1, 2, 4, 5, 6].flatMap((number) => [
        remote.on(`net${number}`).tcp(`pod.net${number}:8080`).isDirect(byApp),
        app.tcp(`peer.net${number}:80`).isDirect(byPeer),
      ]),
      remote.on('net3').tcp('pod.net3:8080').isRedirected('inbound'),
      app.tcp('peer.net3:80').isRedirected('outbound'),
    ],
  }),
]
