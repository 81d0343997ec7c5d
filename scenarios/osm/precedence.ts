import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.1'
const direct = (address: string, port = 443) => app.tcp(`${address}:${port}`).isDirect({ answeredBy: 'peer' })
const captured = (address: string, port = 443) => app.tcp(`${address}:${port}`).isRedirected('outbound')

export default [
  // Kubernetes keeps what is written in a MeshConfig: an empty list is no list, and asks for nothing.
  scenario('empty lists ask for nothing', {
    rules: osm({ outboundPortExclusionList: [], inboundPortExclusionList: [], outboundIPRangeExclusionList: [] }),
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.udp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
    ],
  }),

  scenario('from 1.1: an empty list of included ranges, or of excluded interfaces, asks for nothing', {
    rules: osm({ outboundIPRangeInclusionList: [], networkInterfaceExclusionList: [], localProxyMode: 'Localhost' }),
    releases,
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:80').isRedirected('outbound'),
      proxy.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('an excluded range inside an included one wins', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.0/24'], outboundIPRangeExclusionList: ['203.0.113.64/26'] }),
    releases,
    flows: [
      captured('203.0.113.63'),
      direct('203.0.113.64'),
      direct('203.0.113.127'),
      captured('203.0.113.128'),
      direct('198.51.100.10'),
    ],
  }),

  scenario('an excluded range around an included one wins: nothing is captured', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.10/32'], outboundIPRangeExclusionList: ['203.0.113.0/24'] }),
    releases,
    flows: [
      direct('203.0.113.10'),
      direct('203.0.113.11'),
      direct('198.51.100.10'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario("an exclusion of the mesh's is not undone by an inclusion of the pod's", {
    rules: osm(
      { outboundIPRangeExclusionList: ['203.0.113.10/32'] },
      { 'openservicemesh.io/outbound-ip-range-inclusion-list': '203.0.113.0/24' },
    ),
    releases,
    flows: [direct('203.0.113.10'), captured('203.0.113.11'), direct('198.51.100.10')],
  }),

  scenario('an excluded port wins over an included range', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.0/24'], outboundPortExclusionList: [6379] }),
    releases,
    flows: [
      direct('203.0.113.10', 6379),
      captured('203.0.113.10', 6380),
      direct('198.51.100.10', 6379),
      direct('198.51.100.10', 6380),
    ],
  }),

  scenario('an excluded interface wins over an included range', {
    rules: osm({
      outboundIPRangeInclusionList: ['10.245.0.0/24', '10.246.0.0/24'],
      networkInterfaceExclusionList: ['net1'],
    }),
    releases,
    interfaces: ['net1', 'net2'],
    flows: [
      app.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('peer.net2:80').isRedirected('outbound'),
      direct('203.0.113.10'),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      remote.on('net2').tcp('pod.net2:8080').isRedirected('inbound'),
    ],
  }),

  scenario('an excluded range, port or interface each suffices', {
    rules: osm({
      outboundIPRangeExclusionList: ['203.0.113.10/32', '10.246.0.1/32'],
      outboundPortExclusionList: [6379],
      networkInterfaceExclusionList: ['net1'],
    }),
    releases,
    interfaces: ['net1', 'net2'],
    flows: [
      direct('203.0.113.10', 80),
      direct('203.0.113.10', 6379),
      direct('203.0.113.11', 6379),
      captured('203.0.113.11', 80),
      app.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('peer.net1:6379').isDirect({ answeredBy: 'peer' }),
      app.tcp('peer.net2:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('10.246.0.2:80').isRedirected('outbound'),
      app.tcp('10.246.0.2:6379').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('all outbound lists together', {
    rules: osm({
      networkInterfaceExclusionList: ['net1'],
      outboundIPRangeExclusionList: ['203.0.113.64/26'],
      outboundPortExclusionList: [6379],
      outboundIPRangeInclusionList: ['203.0.113.0/24', '10.245.0.0/24'],
    }),
    releases,
    interfaces: ['net1'],
    flows: [
      captured('203.0.113.10', 80),
      direct('203.0.113.10', 6379),
      direct('203.0.113.64', 80),
      direct('203.0.113.64', 6379),
      direct('198.51.100.10', 80),
      app.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:6379').isRedirected('inbound'),
    ],
  }),

  scenario('an excluded inbound port and an excluded interface each suffice', {
    rules: osm({ inboundPortExclusionList: [5432], networkInterfaceExclusionList: ['net1'] }),
    releases,
    interfaces: ['net1', 'net2'],
    flows: [
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:5433').isRedirected('inbound'),
      remote.on('net1').tcp('pod.net1:5432').isDirect({ answeredBy: 'app' }),
      remote.on('net1').tcp('pod.net1:5433').isDirect({ answeredBy: 'app' }),
      remote.on('net1').tcp('pod.net1:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
      remote.on('net2').tcp('pod.net2:5432').isDirect({ answeredBy: 'app' }),
      remote.on('net2').tcp('pod.net2:5433').isRedirected('inbound'),
    ],
  }),

  scenario("from 1.1: excluding the pod's own range or port does not undo the self-call", {
    rules: osm({ outboundIPRangeExclusionList: ['10.244.0.0/16'], outboundPortExclusionList: [8080] }),
    releases,
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('peer:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  // Up to 0.11 exclusions are inserted in front of everything else.
  scenario('up to 0.11: every list together, mesh and pod', {
    rules: osm(
      {
        outboundPortExclusionList: [6379],
        outboundIPRangeExclusionList: ['1.1.1.1/32', '2.2.2.2/24', '10.244.0.5/32'],
        inboundPortExclusionList: [5432],
      },
      {
        'openservicemesh.io/outbound-port-exclusion-list': '7070, 6379',
        'openservicemesh.io/inbound-port-exclusion-list': '6060',
      },
    ),
    releases: '<=0.11',
    flows: [
      direct('203.0.113.10', 6379),
      direct('203.0.113.10', 7070),
      captured('203.0.113.10', 6380),
      captured('203.0.113.10', 5432),
      direct('1.1.1.1'),
      captured('1.1.1.2'),
      direct('2.2.2.0'),
      direct('2.2.2.255'),
      captured('2.2.3.0'),
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      proxy.tcp('203.0.113.10:6380').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:6060').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:6379').isRedirected('inbound'),
      remote.tcp('pod:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
    ],
  }),
]
