import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.1'
const direct = (address: string, port = 443) => app.tcp(`${address}:${port}`).isDirect({ answeredBy: 'peer' })
const captured = (address: string, port = 443) => app.tcp(`${address}:${port}`).isRedirected('outbound')

export default [
  scenario('only included ranges are captured', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.0/24'] }),
    releases,
    flows: [
      captured('203.0.113.0'),
      captured('203.0.113.10'),
      captured('203.0.113.255'),
      captured('203.0.113.10', 1),
      direct('203.0.112.255'),
      direct('203.0.114.0'),
      direct('198.51.100.10'),
      app.tcp('peer:80').isDirect({ answeredBy: 'peer' }),
      root.tcp('203.0.113.10:443').isRedirected('outbound'),
      root.tcp('198.51.100.10:443').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:443').isDirect({ answeredBy: 'peer' }),
      app.udp('203.0.113.10:443').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('an inclusion of one address captures that address alone', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.10/32'] }),
    releases,
    flows: [captured('203.0.113.10'), direct('203.0.113.9'), direct('203.0.113.11')],
  }),

  scenario('an included range written with host bits means its whole network', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.77/25'] }),
    releases,
    flows: [captured('203.0.113.0'), captured('203.0.113.127'), direct('203.0.113.128'), direct('203.0.112.255')],
  }),

  scenario('several included ranges are all captured', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.0/24', '198.51.100.0/24', '192.0.2.1/32'] }),
    releases,
    flows: [
      captured('203.0.113.10'),
      captured('198.51.100.10'),
      captured('192.0.2.1'),
      direct('192.0.2.2'),
      direct('1.1.1.1'),
    ],
  }),

  scenario('including every address is the same as including nothing', {
    rules: osm({ outboundIPRangeInclusionList: ['0.0.0.0/0'] }),
    releases,
    flows: [
      captured('203.0.113.10'),
      captured('1.1.1.1'),
      proxy.tcp('203.0.113.10:443').isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('an inclusion says nothing about inbound', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.0/24'] }),
    releases,
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:8080', { sourceAddress: '203.0.113.50' }).isRedirected('inbound'),
      captured('203.0.113.10'),
      direct('198.51.100.10'),
    ],
  }),

  scenario('a service outside the included ranges is left to its own address, past the proxy', {
    rules: osm({ outboundIPRangeInclusionList: ['10.96.0.0/16'] }),
    releases,
    services: {
      '10.96.0.20:80': '198.51.100.20:9090',
      '10.97.0.20:80': '198.51.100.20:9090',
      '10.96.0.10:80': 'pod:8080',
    },
    flows: [
      captured('10.96.0.20', 80),
      direct('10.97.0.20', 80),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario("the pod's own addresses stay as they are when their range is included", {
    rules: osm({ outboundIPRangeInclusionList: ['10.244.0.0/16', '127.0.0.0/8'] }),
    releases,
    flows: [
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('127.0.0.2:8080').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('peer:80').isRedirected('outbound'),
      direct('203.0.113.10'),
    ],
  }),

  scenario('included ranges by pod annotation, with spaces after commas', {
    rules: osm({}, { 'openservicemesh.io/outbound-ip-range-inclusion-list': '203.0.113.0/24, 198.51.100.0/24' }),
    releases,
    flows: [captured('203.0.113.10'), captured('198.51.100.10'), direct('192.0.2.10')],
  }),

  scenario('included ranges of mesh and pod add up', {
    rules: osm(
      { outboundIPRangeInclusionList: ['203.0.113.0/24'] },
      { 'openservicemesh.io/outbound-ip-range-inclusion-list': '198.51.100.0/24,203.0.113.0/24' },
    ),
    releases,
    flows: [captured('203.0.113.10'), captured('198.51.100.10'), direct('192.0.2.10')],
  }),
]
