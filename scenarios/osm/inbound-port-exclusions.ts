import { app, inner, osm, proxy, remote, scenario } from 'sidetrack'

const oddPorts = (count: number) => Array.from({ length: count }, (_, index) => 9001 + 2 * index)
const direct = (port: number) => remote.tcp(`pod:${port}`).isDirect({ answeredBy: 'app' })
const captured = (port: number) => remote.tcp(`pod:${port}`).isRedirected('inbound')

export default [
  scenario('an excluded inbound port reaches its application directly, its neighbours do not', {
    rules: osm({ inboundPortExclusionList: [5432] }),
    flows: [direct(5432), captured(5431), captured(5433), remote.udp('pod:5433').isDirect({ answeredBy: 'app' })],
  }),

  scenario('where the proxy does not stand between, a client keeps its address', {
    rules: osm({ inboundPortExclusionList: [8080, 5432] }),
    flows: [
      ...[8080, 5432].flatMap((port) =>
        ['203.0.113.50', '10.0.0.1'].flatMap((source) => [
          remote.tcp(`pod:${port}`, { sourceAddress: source }).isDirect({ answeredBy: 'app', source }),
          remote.udp(`pod:${port}`, { sourceAddress: source }).isDirect({ answeredBy: 'app', source }),
        ]),
      ),
      captured(8081),
    ],
  }),

  scenario('what an excluded port lets out from an inner bridge keeps its address', {
    rules: osm({ inboundPortExclusionList: [8443] }),
    inner: true,
    flows: [
      inner.tcp('203.0.113.10:8443').isDirect({ answeredBy: 'peer', source: '172.30.0.2' }),
      inner.udp('203.0.113.10:443').isDirect({ answeredBy: 'peer', source: '172.30.0.2' }),
      captured(8444),
    ],
  }),

  scenario("an inbound port exclusion looks at the destination's port, not at the source's", {
    rules: osm({ inboundPortExclusionList: [5432] }),
    flows: [remote.tcp('pod:8080', { sourcePort: 5432 }).isRedirected('inbound'), direct(5432)],
  }),

  scenario('inbound ports are excluded on every interface', {
    rules: osm({ inboundPortExclusionList: [5432] }),
    interfaces: ['net1'],
    flows: [
      direct(5432),
      remote.on('net1').tcp('pod.net1:5432').isDirect({ answeredBy: 'app' }),
      remote.on('net1').tcp('pod.net1:5433').isRedirected('inbound'),
    ],
  }),

  scenario('inbound ports by pod annotation, with spaces after commas', {
    rules: osm({}, { 'openservicemesh.io/inbound-port-exclusion-list': '5432, 6060' }),
    flows: [direct(5432), direct(6060), captured(6059), captured(6061)],
  }),

  scenario('inbound ports of mesh and pod add up', {
    rules: osm(
      { inboundPortExclusionList: [5432, 6060] },
      { 'openservicemesh.io/inbound-port-exclusion-list': '6060,9100' },
    ),
    flows: [direct(5432), direct(6060), direct(9100), captured(5433), captured(9101)],
  }),

  scenario('15 inbound ports are all excluded', {
    rules: osm({ inboundPortExclusionList: oddPorts(15) }),
    flows: [direct(9001), direct(9015), direct(9029), captured(9000), captured(9002), captured(9031)],
  }),

  scenario('16 inbound ports, one more than a multiport match holds, are all excluded', {
    rules: osm({ inboundPortExclusionList: oddPorts(16) }),
    flows: [direct(9001), direct(9029), direct(9031), captured(9030), captured(9032), captured(9033)],
  }),

  scenario('31 inbound ports are all excluded, none lost', {
    rules: osm({ inboundPortExclusionList: oddPorts(31) }),
    flows: [...oddPorts(31).map(direct), captured(9000), captured(9030), captured(9060), captured(9062)],
  }),

  // The proxy's own connections to the pod's address are judged on OUTPUT, where inbound exclusions have no say.
  scenario('from 1.0: a self-call passes the inbound listener even on an excluded inbound port (documented)', {
    rules: osm({ inboundPortExclusionList: [5432] }),
    releases: '>=1.0',
    services: { '10.96.0.10:80': 'pod:5432' },
    flows: [
      direct(5432),
      proxy.tcp('pod:5432').isRedirected('inbound', { then: ['app'] }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario('nobody listens on an excluded inbound port: the client is told', {
    rules: osm({ inboundPortExclusionList: [5432] }),
    closed: ['pod:5432', 'pod:5433'],
    flows: [remote.tcp('pod:5432').isRefused(), remote.tcp('pod:5433').isRedirected('inbound', { then: ['refused'] })],
  }),
]
