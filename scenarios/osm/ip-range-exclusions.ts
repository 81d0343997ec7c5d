import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

const direct = (address: string, port = 443) => app.tcp(`${address}:${port}`).isDirect({ answeredBy: 'peer' })
const captured = (address: string, port = 443) => app.tcp(`${address}:${port}`).isRedirected('outbound')

export default [
  scenario('a single excluded address is direct on every port, its neighbours are captured', {
    rules: osm({ outboundIPRangeExclusionList: ['1.1.1.1/32'] }),
    flows: [
      direct('1.1.1.1'),
      direct('1.1.1.1', 1),
      direct('1.1.1.1', 65535),
      captured('1.1.1.0'),
      captured('1.1.1.2'),
      root.tcp('1.1.1.1:443').isDirect({ answeredBy: 'peer' }),
      root.tcp('1.1.1.2:443').isRedirected('outbound'),
      proxy.tcp('1.1.1.1:443').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('1.1.1.2:443').isDirect({ answeredBy: 'peer' }),
      app.udp('1.1.1.2:443').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('a range written with host bits means its whole network', {
    rules: osm({ outboundIPRangeExclusionList: ['2.2.2.2/24'] }),
    flows: [
      direct('2.2.2.0'),
      direct('2.2.2.2'),
      direct('2.2.2.77'),
      direct('2.2.2.255'),
      captured('2.2.1.255'),
      captured('2.2.3.0'),
    ],
  }),

  scenario('a range ends inside an octet where its prefix says', {
    rules: osm({ outboundIPRangeExclusionList: ['198.51.100.128/25', '172.16.32.0/20', '192.0.2.10/31'] }),
    flows: [
      direct('198.51.100.128'),
      direct('198.51.100.255'),
      captured('198.51.100.127'),
      captured('198.51.101.0'),
      direct('172.16.32.0'),
      direct('172.16.47.255'),
      captured('172.16.31.255'),
      captured('172.16.48.0'),
      direct('192.0.2.10'),
      direct('192.0.2.11'),
      captured('192.0.2.9'),
      captured('192.0.2.12'),
    ],
  }),

  scenario('half the address space is a range', {
    rules: osm({ outboundIPRangeExclusionList: ['128.0.0.0/1'] }),
    flows: [
      direct('128.0.0.1'),
      direct('203.0.113.10'),
      direct('223.255.255.254'),
      captured('1.1.1.1'),
      captured('126.255.255.254'),
    ],
  }),

  scenario('excluding every address ends outbound capture and leaves inbound as it is', {
    rules: osm({ outboundIPRangeExclusionList: ['0.0.0.0/0'] }),
    flows: [
      direct('203.0.113.10'),
      direct('1.1.1.1'),
      app.tcp('peer:80').isDirect({ answeredBy: 'peer' }),
      root.tcp('203.0.113.10:443').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario("the cloud's metadata service is reached directly once it is excluded", {
    rules: osm({ outboundIPRangeExclusionList: ['169.254.169.254/32'] }),
    flows: [direct('169.254.169.254', 80), captured('169.254.169.253', 80), captured('169.254.169.255', 80)],
  }),

  scenario("the API server's address is excluded, other services are not", {
    rules: osm({ outboundIPRangeExclusionList: ['10.96.0.1/32'] }),
    services: { '10.96.0.20:443': '198.51.100.20:8443' },
    flows: [direct('10.96.0.1'), captured('10.96.0.20'), captured('10.96.0.2')],
  }),

  scenario('several ranges are all excluded, and what lies between them is not', {
    rules: osm({ outboundIPRangeExclusionList: ['1.1.1.1/32', '2.2.2.0/24', '198.51.100.0/24'] }),
    flows: [
      direct('1.1.1.1'),
      direct('2.2.2.1'),
      direct('198.51.100.1'),
      captured('1.1.1.2'),
      captured('2.2.3.1'),
      captured('198.51.99.255'),
    ],
  }),

  scenario('overlapping ranges exclude their union', {
    rules: osm({ outboundIPRangeExclusionList: ['198.51.100.0/25', '198.51.100.64/26', '198.51.100.0/24'] }),
    flows: [direct('198.51.100.1'), direct('198.51.100.64'), direct('198.51.100.200'), captured('198.51.101.1')],
  }),

  scenario('excluding a range says nothing about what enters the pod', {
    rules: osm({ outboundIPRangeExclusionList: ['10.244.0.0/16', '203.0.113.0/24'] }),
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('peer:80').isDirect({ answeredBy: 'peer' }),
      direct('203.0.113.10'),
      captured('198.51.100.10'),
    ],
  }),

  scenario('a service inside an excluded range is left to its own address, past the proxy', {
    rules: osm({ outboundIPRangeExclusionList: ['10.96.0.20/32'] }),
    services: { '10.96.0.20:80': '198.51.100.20:9090', '10.96.0.21:80': '10.96.0.20:80' },
    flows: [direct('10.96.0.20', 80), captured('10.96.0.21', 80)],
  }),

  scenario('from 1.1: excluded ranges by pod annotation, with spaces after commas', {
    rules: osm({}, { 'openservicemesh.io/outbound-ip-range-exclusion-list': '1.1.1.1/32, 2.2.2.0/24' }),
    releases: '>=1.1',
    flows: [direct('1.1.1.1'), direct('2.2.2.0'), direct('2.2.2.255'), captured('1.1.1.2'), captured('2.2.3.0')],
  }),

  scenario('from 1.1: excluded ranges of mesh and pod add up', {
    rules: osm(
      { outboundIPRangeExclusionList: ['1.1.1.1/32', '2.2.2.0/24'] },
      { 'openservicemesh.io/outbound-ip-range-exclusion-list': '2.2.2.0/24,198.51.100.0/24' },
    ),
    releases: '>=1.1',
    flows: [
      direct('1.1.1.1'),
      direct('2.2.2.2'),
      direct('198.51.100.1'),
      captured('1.1.1.2'),
      captured('198.51.101.1'),
    ],
  }),

  scenario('from 1.1: 1,000 excluded ranges all act', {
    // The lower half of each of 1,000 neighbouring /24 networks: every range has a captured sibling above it.
    rules: osm({
      outboundIPRangeExclusionList: Array.from(
        { length: 1000 },
        (_, index) => `100.${64 + (index >> 8)}.${index & 255}.0/25`,
      ),
    }),
    releases: '>=1.1',
    flows: [
      direct('100.64.0.0'),
      direct('100.65.244.127'),
      direct('100.67.231.127'),
      captured('100.64.0.128'),
      captured('100.65.244.128'),
      captured('100.67.231.128'),
      captured('100.67.232.0'),
      captured('100.63.255.127'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),
]
