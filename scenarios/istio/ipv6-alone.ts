import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const asked = { then: ['peer'] } as const
const alone = { podIPs: ['ipv6'], families: ['ipv6'] } as const
const far = '[2001:db8::10]'
const groups = (name: string, value: string) => ({ proxyMetadata: { [`ISTIO_OUTBOUND_OWNER_GROUPS${name}`]: value } })
const gid = (number: number) => as({ uid: 1000, gid: number })
const dns = { dnsServers: ['fd00:96::10', '10.96.0.10'], proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } }

/** What holds for IPv4 holds for a pod that has IPv6 alone: as many edges, in one scenario a subject. */
export default [
  scenario('from 1.17: a pod with IPv6 alone: exempt inbound ports and those beside them, by another status port', {
    ...alone,
    rules: istio({ excludeInboundPorts: '5432,9000', statusPort: 16020 }),
    releases,
    flows: [
      ...[5432, 9000, 15008].map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
      remote.tcp('pod:16020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      remote.tcp('pod:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
      ...[5431, 5433, 8999, 9001, 15007, 15009, 15020, 15022, 15089, 15091, 16019, 16021, 22].map((port) =>
        remote.tcp(`pod:${port}`).isRedirected('inbound', { then: ['app'] }),
      ),
      remote.udp('pod:8080').isDirect(byApp),
      remote.ping('pod').isDirect(),
    ],
  }),

  scenario('from 1.17: a pod with IPv6 alone: with included inbound ports only they are captured', {
    ...alone,
    rules: istio({ includeInboundPorts: '8080,9090,9191' }),
    releases,
    flows: [
      ...[8080, 9090, 9191].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound', { then: ['app'] })),
      ...[8079, 8081, 9089, 9091, 9190, 9192].map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
    ],
  }),

  scenario('a pod with IPv6 alone: excluded outbound ports and ranges, from their first to their last', {
    ...alone,
    rules: istio({
      excludeOutboundPorts: '6379,7070,9092',
      excludeIPRanges: '2001:db8:2::/47,10.0.0.0/8,2001:db8:8::8/125,fd00:99::1/128',
    }),
    flows: [
      ...[6379, 7070, 9092].map((port) => app.tcp(`${far}:${port}`).isDirect(byPeer)),
      ...[6378, 6380, 7071, 9091].map((port) => app.tcp(`${far}:${port}`).isRedirected('outbound')),
      ...['2001:db8:2::1', '2001:db8:3:ffff:ffff:ffff:ffff:ffff', '2001:db8:8::8', '2001:db8:8::f', 'fd00:99::1'].map(
        (address) => app.tcp(`[${address}]:80`).isDirect(byPeer),
      ),
      ...['2001:db8:1:ffff:ffff:ffff:ffff:ffff', '2001:db8:4::', '2001:db8:8::7', '2001:db8:8::10', 'fd00:99::2'].map(
        (address) => app.tcp(`[${address}]:80`).isRedirected('outbound'),
      ),
      root.tcp('[fd00:99::1]:443').isDirect(byPeer),
      remote.tcp('pod:6379').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('a pod with IPv6 alone: included ranges, from their first to their last address', {
    ...alone,
    rules: istio({ includeIPRanges: '2001:db8:2::/47,10.0.0.0/8,2001:db8:8::8/125,fd00:99::1/128' }),
    flows: [
      ...['2001:db8:2::1', '2001:db8:3:ffff:ffff:ffff:ffff:ffff', '2001:db8:8::8', '2001:db8:8::f', 'fd00:99::1'].map(
        (address) => app.tcp(`[${address}]:80`).isRedirected('outbound'),
      ),
      ...['2001:db8:1:ffff:ffff:ffff:ffff:ffff', '2001:db8:4::', '2001:db8:8::7', '2001:db8:8::10', 'fd00:99::2'].map(
        (address) => app.tcp(`[${address}]:80`).isDirect(byPeer),
      ),
      proxy.tcp('[fd00:99::1]:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17: a pod with IPv6 alone: with no range included, only included ports are captured', {
    ...alone,
    rules: istio({ includeIPRanges: '', includeOutboundPorts: '6379,7070,9092', excludeIPRanges: '2001:db8:1::/48' }),
    releases,
    flows: [
      ...[6379, 7070, 9092].map((port) => app.tcp(`${far}:${port}`).isRedirected('outbound')),
      ...[6378, 6380, 7069, 7071, 9093].map((port) => app.tcp(`${far}:${port}`).isDirect(byPeer)),
      app.tcp('[2001:db8:1::10]:6379').isDirect(byPeer),
      proxy.tcp(`${far}:6379`).isDirect(byPeer),
    ],
  }),

  scenario("a pod with IPv6 alone: the proxy's own IDs, the IDs beside them, and what they call within the pod", {
    ...alone,
    rules: istio({ proxyUID: '1337,2001', proxyGID: '1337,3001' }),
    services: { '[fd00:96::10]:80': 'pod:8080' },
    flows: [
      ...[1337, 2001].map((uid) => as({ uid, gid: 1000 }).tcp('peer:80').isDirect(byPeer)),
      ...[1336, 1338, 2000, 2002].map((uid) => as({ uid, gid: 1000 }).tcp('peer:80').isRedirected('outbound')),
      ...[1337, 3001].map((number) => gid(number).tcp('peer:80').isDirect(byPeer)),
      ...[1336, 1338, 3000, 3002].map((number) => gid(number).tcp('peer:80').isRedirected('outbound')),
      as({ uid: 1000, gid: 1000, groups: [1337, 3001] })
        .tcp('peer:80')
        .isRedirected('outbound'),
      as({ uid: 1337, gid: 1000 })
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
      // What it has on lo is hidden behind that of the first UID.
      as({ uid: 2001, gid: 1000 }).tcp('pod:8080').isDirect(byApp),
      gid(1337).tcp('pod:8080').isDirect(byApp),
      root.tcp('pod:8080').isDirect(byApp),
      root.tcp('[fd00:96::10]:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      as({ uid: 1337, gid: 1000 }).tcp('lo:8080').isDirect(byApp),
      app.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('pod:8080', { sourceAddress: '::6' }).isDirect(byApp),
      app.tcp('pod:8080', { sourceAddress: '::6' }).isDirect(byApp),
      app.udp('pod:8080').isDirect(byApp),
      proxy.udp('pod:8080').isDirect(byApp),
    ],
  }),

  // An included range with a loopback address has calls within the pod captured, in both families.
  scenario(
    'from 1.31: a pod with IPv6 alone: with a loopback range included, calls within the pod are captured, but for ::1',
    {
      ...alone,
      rules: istio({ includeIPRanges: '::1/128,2001:db8::/32,fd00:10::/64' }),
      releases: '>=1.31',
      flows: [
        app.tcp('pod:8080').isRedirected('outbound', { then: ['inbound', 'app'] }),
        app.tcp('lo:8080').isDirect(byApp),
        gid(1337).tcp('lo:8080').isDirect(byApp),
        gid(1337)
          .tcp('pod:8080')
          .isRedirected('inbound', { then: ['app'] }),
        gid(1337).tcp('pod:15008').isDirect(byApp),
        proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
        app.tcp(`${far}:80`).isRedirected('outbound'),
        app.tcp('[2001:db9::10]:80').isDirect(byPeer),
      ],
    },
  ),

  scenario('from 1.31: a pod with IPv6 alone: the tunnel port from the proxy, and those beside it', {
    ...alone,
    rules: istio(),
    releases: '>=1.31',
    flows: [
      proxy.tcp('pod:15008').isDirect(byApp),
      proxy.tcp('pod:15007').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('pod:15009').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17: a pod with IPv6 alone: included owner groups, by their primary number', {
    ...alone,
    rules: istio(groups('', '2001,2003')),
    releases,
    flows: [
      ...[2001, 2003].map((number) => gid(number).tcp('peer:80').isRedirected('outbound')),
      ...[2000, 2002, 2004].map((number) => gid(number).tcp('peer:80').isDirect(byPeer)),
      as({ uid: 1000, gid: 1000, groups: [2001, 2003] })
        .tcp('peer:80')
        .isDirect(byPeer),
    ],
  }),

  scenario('from 1.17: a pod with IPv6 alone: excluded owner groups, by their primary number', {
    ...alone,
    rules: istio(groups('_EXCLUDE', '2001,2003')),
    releases,
    flows: [
      ...[2001, 2003].map((number) => gid(number).tcp('peer:80').isDirect(byPeer)),
      ...[2000, 2002, 2004].map((number) => gid(number).tcp('peer:80').isRedirected('outbound')),
      as({ uid: 1000, gid: 1000, groups: [2001, 2003] })
        .tcp('peer:80')
        .isRedirected('outbound'),
    ],
  }),

  scenario(
    'from 1.17: a pod with IPv6 alone: an excluded interface in both directions, one whose name begins like it',
    {
      ...alone,
      rules: istio({}, { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' }),
      releases,
      interfaces: ['net1', 'net12'],
      flows: [
        remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
        app.tcp('peer.net1:80').isDirect(byPeer),
        remote
          .on('net12')
          .tcp('pod.net12:8080')
          .isRedirected('inbound', { then: ['app'] }),
        app.tcp('peer.net12:80').isRedirected('outbound'),
        remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      ],
    },
  ),

  scenario('from 1.17: a pod with IPv6 alone: DNS', {
    ...alone,
    rules: istio(dns),
    releases,
    tags: ['istio#33469'],
    flows: [
      app.udp('[fd00:96::10]:53').isRedirected('dns', asked),
      app.tcp('[fd00:96::10]:53').isRedirected('dns', asked),
      root.udp('[fd00:96::10]:53').isRedirected('dns', asked),
      app.udp('[fd00:96::10]:54').isDirect(byPeer),
      app.udp('[fd00:96::10]:52').isDirect(byPeer),
      app.tcp('[fd00:96::10]:54').isRedirected('outbound'),
      app.udp('[fd00:96::11]:53').isDirect(byPeer),
      app.tcp('[fd00:96::11]:53').isRedirected('outbound', asked),
      proxy.udp('[fd00:96::10]:53').isDirect(byPeer),
      proxy.tcp('[fd00:96::10]:53').isDirect(byPeer),
      as({ uid: 1337, gid: 1000 }).udp('[fd00:96::10]:53').isDirect(byPeer),
      gid(1337).udp('[fd00:96::10]:53').isDirect(byPeer),
      gid(1337).tcp('[fd00:96::10]:53').isDirect(byPeer),
      gid(1338).udp('[fd00:96::10]:53').isRedirected('dns', asked),
      app.tcp('pod:53').isRedirected('outbound', { then: ['app'] }),
      proxy.tcp('pod:53').isDirect(byApp),
      proxy.tcp('pod:54').isRedirected('inbound', { then: ['app'] }),
      app.tcp('pod:54').isDirect(byApp),
      gid(1337).tcp('pod:54').isDirect(byApp),
      proxy.udp('[fd00:96::10]:53', { sourcePort: 25401 }).isDirect(byPeer),
      app.udp('[fd00:96::10]:53', { sourcePort: 25401 }).isRedirected('dns', asked),
      app.udp('[fd00:96::10]:53', { sourcePort: 25402 }).isRedirected('dns', asked),
      proxy.udp('[fd00:96::10]:53', { sourcePort: 25402 }).isDirect(byPeer),
    ],
  }),

  scenario('from 1.17, by CNI: a pod with IPv6 alone: DNS is captured whatever the server', {
    ...alone,
    rules: istio({ ...dns, cni: true }),
    releases,
    flows: [
      app.udp('[2001:db8::53]:53').isRedirected('dns', asked),
      app.tcp('[2001:db8::53]:53').isRedirected('dns', asked),
      app.udp('[2001:db8::53]:54').isDirect(byPeer),
      proxy.udp('[2001:db8::53]:53', { sourcePort: 25403 }).isDirect(byPeer),
      app.udp('[2001:db8::53]:53', { sourcePort: 25403 }).isRedirected('dns', asked),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),
]
