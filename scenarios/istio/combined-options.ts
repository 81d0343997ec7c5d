import { app, as, inner, istio, proxy, remote, scenario } from 'sidetrack'

/** What one option does to another's rules: each two of them stand together in one of these pods. */

const releases = '>=1.31'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const heard = { then: ['peer'], answered: true } as const
const passedOn = { then: ['app'], source: 'client' } as const
const status = { answeredBy: 'envoy-status' } as const

/** Several users and groups of the proxy; in one pod its first ones are others than by default. */
const owners = { proxyUID: '1337,2001', proxyGID: '1337,3001' } as const
const others = { proxyUID: '8001', proxyGID: '8002' } as const
const second = [as({ uid: 2001, gid: 1000 }), as({ uid: 1000, gid: 3001 })] as const
const dualStack = { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' } as const
const dropInvalid = { INVALID_DROP: 'true' } as const
const capture = { ISTIO_META_DNS_CAPTURE: 'true' } as const
const widened = { ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '127.0.0.0/8' } as const
const dnsServers = ['10.96.0.10', 'fd00:96::10']
const transparent = { interceptionMode: 'TPROXY' } as const

const exclusions = { excludeIPRanges: '203.0.113.64/26,2001:db8:1::/48', excludeOutboundPorts: '6379' } as const
const inclusions = { includeIPRanges: '203.0.113.0/24,2001:db8::/32', includeOutboundPorts: '8443' } as const
const traffic = <Name extends string>(name: Name) => `traffic.sidecar.istio.io/${name}` as const

/** The mesh's word on each list, with DNS and other users than by default. */
const meshWide = {
  ...exclusions,
  ...inclusions,
  ...others,
  excludeInboundPorts: '5432',
  statusPort: 16_020,
  dnsServers,
  proxyMetadata: { ...dualStack, ...dropInvalid, ...capture },
} as const
/** A pod's own. */
const podsOwn = {
  [traffic('includeOutboundIPRanges')]: '198.51.100.0/24',
  [traffic('excludeOutboundIPRanges')]: '198.51.100.64/26',
  [traffic('includeOutboundPorts')]: '9443',
  [traffic('excludeOutboundPorts')]: '7070',
  [traffic('excludeInterfaces')]: 'net1',
} as const

const captured = (address: string, port = 80) => app.tcp(`${address}:${port}`).isRedirected('outbound')
const direct = (address: string, port = 80) => app.tcp(`${address}:${port}`).isDirect(byPeer)
const grouped = (gid: number, address: string, port = 80) => as({ uid: 1000, gid }).tcp(`${address}:${port}`)

const outside = [
  ...['203.0.113.10', '[2001:db8::10]'].flatMap((address) => [captured(address), direct(address, 6379)]),
  ...['203.0.113.64', '[2001:db8:1::1]', '192.0.2.10', '[fd00:2::1]'].map((address) => direct(address)),
  ...['192.0.2.10', '[fd00:2::1]'].map((address) => captured(address, 8443)),
]

const outsidePodsOwn = [
  direct('198.51.100.10', 7070),
  ...['198.51.100.64', '203.0.113.10'].map((address) => direct(address)),
  captured('203.0.113.10', 9443),
]

/** Of the proxy, whoever of it. */
const ofSecond = second.flatMap((own) => [
  ...['203.0.113.10', '[2001:db8::10]'].map((address) => own.tcp(`${address}:80`).isDirect(byPeer)),
  own.tcp('lo:8080').isDirect(byApp),
])
/** Calls to the pod itself are told by marks under TPROXY; by owner those of the first user alone are. */
const marked = second.map((own) => own.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }))
const unmarked = second.map((own) => own.tcp('pod:8080').isDirect(byApp))

const dns = [
  app.udp('10.96.0.10:53').isRedirected('dns', heard),
  app.udp('[fd00:96::10]:53').isRedirected('dns', heard),
  app.tcp('10.96.0.10:53').isRedirected('dns', { then: ['peer'] }),
]

/** A source port that an application has used leads nobody of the proxy to its own listener. */
const zones = second.flatMap((own, at) => [
  app.udp('10.96.0.10:53', { sourcePort: 25_321 + at }).isRedirected('dns', heard),
  own.udp('10.96.0.10:53', { sourcePort: 25_321 + at }).isDirect({ ...byPeer, answered: true }),
])

const invalid = remote.tcp('pod:8080', { raw: 'FIN,ACK' }).isDropped()
const inbound = remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] })
const exempt = (port: number) => remote.tcp(`pod:${port}`, { http: true }).isDirect(status)

export default [
  scenario('from 1.31, TPROXY: several users and groups, invalid packets, a status port and a wide loopback range', {
    rules: istio({
      ...transparent,
      ...owners,
      excludeInboundPorts: '5432',
      statusPort: 16_020,
      proxyMetadata: { ...dualStack, ...dropInvalid, ...widened },
    }),
    releases,
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', passedOn),
      remote.tcp('pod:5432').isDirect(byApp),
      exempt(16_020),
      remote.tcp('pod:15020').isRedirected('inbound', passedOn),
      invalid,
      ...ofSecond,
      ...marked,
      second[0].tcp('127.0.0.2:8080').isDirect(byApp),
      captured('203.0.113.10'),
    ],
  }),

  scenario('from 1.31: DNS, several users and groups, invalid packets, a status port and a wide loopback range', {
    rules: istio({
      ...owners,
      dnsServers,
      excludeInboundPorts: '5432',
      statusPort: 16_020,
      proxyMetadata: { ...dualStack, ...dropInvalid, ...widened, ...capture },
    }),
    releases,
    flows: [
      ...dns,
      ...zones,
      ...ofSecond,
      ...unmarked,
      second[0].tcp('127.0.0.2:8080').isDirect(byApp),
      inbound,
      remote.tcp('pod:5432').isDirect(byApp),
      exempt(16_020),
      invalid,
    ],
  }),

  scenario(
    'from 1.31: ranges and ports of both kinds, several users and groups, spared groups and a rerouted interface',
    {
      rules: istio(
        {
          ...exclusions,
          ...inclusions,
          ...owners,
          excludeInboundPorts: '5432',
          statusPort: 16_020,
          proxyMetadata: {
            ...dualStack,
            ...dropInvalid,
            ...widened,
            ...{ ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '4001,4003' },
          },
        },
        { 'istio.io/reroute-virtual-interfaces': 'br0' },
      ),
      releases,
      inner: true,
      flows: [
        ...outside,
        ...ofSecond,
        ...unmarked,
        ...[4001, 4003].map((gid) => grouped(gid, '203.0.113.10').isDirect(byPeer)),
        grouped(4002, '203.0.113.10').isRedirected('outbound'),
        inner.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
        inner.tcp('192.0.2.10:80').isDirect(byPeer),
        remote.tcp('pod:5432').isDirect(byApp),
        inbound,
        exempt(16_020),
        invalid,
      ],
    },
  ),

  scenario(
    'from 1.31: groups that alone are captured, beside ranges, ports, DNS, several users and included inbound ports',
    {
      rules: istio({
        ...exclusions,
        ...inclusions,
        ...owners,
        includeInboundPorts: '8080,9090',
        dnsServers,
        proxyMetadata: {
          ...dualStack,
          ...dropInvalid,
          ...widened,
          ...capture,
          ISTIO_OUTBOUND_OWNER_GROUPS: '4001,4003',
        },
      }),
      releases,
      flows: [
        ...[4001, 4003].flatMap((gid) => [
          ...['203.0.113.10', '[2001:db8::10]'].map((address) => grouped(gid, address).isRedirected('outbound')),
          grouped(gid, '192.0.2.10', 8443).isRedirected('outbound'),
          grouped(gid, '203.0.113.64').isDirect(byPeer),
          as({ uid: 1000, gid }).udp('10.96.0.10:53').isRedirected('dns', heard),
        ]),
        direct('203.0.113.10'),
        app.udp('10.96.0.10:53').isDirect(byPeer),
        ...ofSecond,
        ...unmarked,
        inbound,
        remote.tcp('pod:8081').isDirect(byApp),
        invalid,
      ],
    },
  ),

  scenario(
    'from 1.31, TPROXY: ranges and ports of both kinds, a rerouted and an excluded interface, groups, other users',
    {
      rules: istio(
        {
          ...transparent,
          ...exclusions,
          ...inclusions,
          ...others,
          includeInboundPorts: '8080,9090',
          proxyMetadata: { ...dualStack, ...dropInvalid, ...widened, ISTIO_OUTBOUND_OWNER_GROUPS: '4001,4003' },
        },
        { 'istio.io/reroute-virtual-interfaces': 'br0', [traffic('excludeInterfaces')]: 'net1' },
      ),
      releases,
      inner: true,
      interfaces: ['net1'],
      flows: [
        ...[8080, 9090].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound', passedOn)),
        remote.tcp('pod:8081').isDirect(byApp),
        remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
        grouped(4001, '203.0.113.10').isRedirected('outbound'),
        grouped(4003, '[2001:db8::10]').isRedirected('outbound'),
        grouped(4001, 'peer.net1', 8443).isDirect(byPeer),
        direct('203.0.113.10'),
        proxy.tcp('203.0.113.10:80').isDirect(byPeer),
        as({ uid: 1000, gid: 8002 })
          .tcp('pod:8080')
          .isRedirected('inbound', { then: ['app'] }),
        as({ uid: 1337, gid: 1337 }).tcp('pod:8080').isDirect(byApp),
        invalid,
      ],
    },
  ),

  scenario(
    'from 1.31, by CNI: ranges and ports of both kinds, other users, DNS, an excluded and a rerouted interface',
    {
      rules: istio(
        { cni: true, ...meshWide },
        {
          'istio.io/reroute-virtual-interfaces': 'br0',
          [traffic('excludeInterfaces')]: 'net1',
          [traffic('excludeInboundPorts')]: '6060',
        },
      ),
      releases,
      inner: true,
      interfaces: ['net1'],
      flows: [
        ...outside,
        app.udp('203.0.113.53:53').isRedirected('dns', heard),
        as({ uid: 1000, gid: 8002 })
          .udp('203.0.113.53:53')
          .isDirect({ ...byPeer, answered: true }),
        as({ uid: 8001, gid: 1000 })
          .tcp('pod:8080')
          .isRedirected('inbound', { then: ['app'] }),
        as({ uid: 1337, gid: 1337 }).tcp('203.0.113.10:80').isRedirected('outbound'),
        inner.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
        direct('peer.net1', 8443),
        remote.tcp('pod:6060').isDirect(byApp),
        remote.tcp('pod:5432').isRedirected('inbound', { then: ['app'] }),
        inbound,
        exempt(16_020),
        invalid,
      ],
    },
  ),

  scenario("from 1.31: a pod's own word on each list, beside the mesh's, DNS and other users", {
    rules: istio(meshWide, {
      ...podsOwn,
      [traffic('excludeInboundPorts')]: '6060',
      'sidecar.istio.io/interceptionMode': 'TPROXY',
      'status.sidecar.istio.io/port': '17020',
    }),
    releases,
    interfaces: ['net1'],
    flows: [
      captured('198.51.100.10', 6379),
      ...outsidePodsOwn,
      direct('203.0.113.10', 8443),
      remote.tcp('pod:6060').isDirect(byApp),
      ...[5432, 16_020].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound', { then: ['app'] })),
      exempt(17_020),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      ...dns,
      as({ uid: 1000, gid: 8002 })
        .udp('10.96.0.10:53')
        .isDirect({ ...byPeer, answered: true }),
      invalid,
    ],
  }),

  scenario("from 1.31, by CNI: a pod's own word on each list, TPROXY by its proxy config", {
    rules: istio(
      { cni: true, ...exclusions, ...inclusions, ...others, statusPort: 16_020, proxyMetadata: dualStack },
      {
        ...podsOwn,
        [traffic('includeInboundPorts')]: '8080',
        'istio.io/reroute-virtual-interfaces': 'br0',
        'proxy.istio.io/config':
          'interceptionMode: TPROXY\nproxyMetadata:\n  INVALID_DROP: "true"\n  ISTIO_DUAL_STACK: "true"',
      },
    ),
    releases,
    inner: true,
    interfaces: ['net1'],
    flows: [
      captured('198.51.100.10'),
      ...outsidePodsOwn,
      inner.tcp('198.51.100.10:80').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8080').isRedirected('inbound', passedOn),
      remote.tcp('pod:8081').isDirect(byApp),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      as({ uid: 8001, gid: 1000 })
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
      invalid,
    ],
  }),
]
