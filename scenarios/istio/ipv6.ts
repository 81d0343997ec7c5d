import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const dualStack = { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' }

export default [
  // The kernel lists the IPv4 address first, and without dual stack istio-iptables looks at no other.
  scenario('a pod with both families and dual stack off: IPv6 bypasses the proxy (documented)', {
    rules: istio(),
    families: ['ipv6'],
    tags: ['surprise', 'istio#46625', 'istio#35310'],
    flows: [
      app.tcp('peer:80').isDirect(byPeer),
      app.tcp('[2001:db8::10]:80').isDirect(byPeer),
      root.tcp('[2001:db8::10]:80').isDirect(byPeer),
      proxy.tcp('[2001:db8::10]:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('10.244.0.5:8080').isRedirected('inbound'),
    ],
  }),

  scenario('a pod whose primary address is IPv6 has no rules for it either, as long as it has IPv4', {
    rules: istio(),
    podIPs: ['ipv6', 'ipv4'],
    families: ['ipv6'],
    tags: ['surprise', 'istio#46625'],
    flows: [
      app.tcp('peer:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('a pod with IPv6 alone: its rules load and act', {
    rules: istio(),
    podIPs: ['ipv6'],
    families: ['ipv6'],
    interfaces: ['net1'],
    tags: ['istio#37410'],
    flows: [
      app.tcp('peer:80').isRedirected('outbound'),
      app.tcp('[2001:db8::10]:443').isRedirected('outbound'),
      root.tcp('peer:80').isRedirected('outbound'),
      proxy.tcp('peer:80').isDirect(byPeer),
      as({ uid: 10001, gid: 1337 }).tcp('peer:80').isDirect(byPeer),
      app.udp('peer:80').isDirect(byPeer),
      app.ping('2001:db8::10').isDirect(),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote
        .on('net1')
        .tcp('pod.net1:8080')
        .isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  // Of IPv4 it has the loopback network, whose rules istio-iptables loads whatever the pod's addresses.
  scenario('a pod with IPv6 alone: on loopback, IPv4 has its rules as in any pod', {
    rules: istio(),
    podIPs: ['ipv6'],
    families: ['ipv6'],
    tags: ['surprise'],
    flows: [
      proxy.tcp('127.0.0.2:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('127.0.0.1:8080').isDirect(byApp),
      app.tcp('127.0.0.2:8080').isDirect(byApp),
    ],
  }),

  scenario('a pod with IPv6 alone: loopback, own address and own service', {
    rules: istio(),
    podIPs: ['ipv6'],
    families: ['ipv6'],
    services: { '[fd00:96::10]:80': 'pod:8080' },
    flows: [
      app.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('lo:8080').isDirect(byApp),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('[fd00:96::10]:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario('a pod with IPv6 alone: lists hold for it, each family has its own ranges', {
    rules: istio({
      excludeIPRanges: '198.51.100.0/24,2001:db8:1::/48',
      includeIPRanges: '2001:db8::/32,203.0.113.0/24',
      excludeOutboundPorts: '6379',
      excludeInboundPorts: '5432',
    }),
    podIPs: ['ipv6'],
    families: ['ipv6'],
    flows: [
      app.tcp('[2001:db8::10]:80').isRedirected('outbound'),
      app.tcp('[2001:db8::10]:6379').isDirect(byPeer),
      app.tcp('[2001:db8:1::10]:80').isDirect(byPeer),
      app.tcp('[2001:db9::10]:80').isDirect(byPeer),
      remote.tcp('pod:5432').isDirect(byApp),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('a pod with IPv6 alone: included ranges of IPv4 capture nothing of IPv6', {
    rules: istio({ includeIPRanges: '203.0.113.0/24' }),
    podIPs: ['ipv6'],
    families: ['ipv6'],
    flows: [app.tcp('[2001:db8::10]:80').isDirect(byPeer), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  scenario('from 1.17: a pod with IPv6 alone: exempt inbound ports', {
    rules: istio(),
    releases: '>=1.17',
    podIPs: ['ipv6'],
    families: ['ipv6'],
    flows: [
      remote.tcp('pod:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      remote.tcp('pod:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
      remote.tcp('pod:15008').isDirect(byApp),
      remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15006').isDirect({ answeredBy: 'envoy-inbound' }),
    ],
  }),

  scenario('from 1.17: what the proxy passes on has ::6 for its source and is not captured again', {
    rules: istio({ proxyMetadata: dualStack }),
    releases: '>=1.17',
    families: ['ipv6'],
    flows: [
      proxy.tcp('pod:8080', { sourceAddress: '::6' }).isDirect(byApp),
      app.tcp('pod:8080', { sourceAddress: '::6' }).isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17: dual stack on: identities are exempt in IPv6 as in IPv4', {
    rules: istio({ proxyMetadata: dualStack }),
    releases: '>=1.17',
    flows: [
      as({ uid: 1337, gid: 1000 }).tcp('peer:80').isDirect(byPeer),
      as({ uid: 10001, gid: 1337 }).tcp('peer:80').isDirect(byPeer),
      as({ uid: 10001, gid: 10001, groups: [1337] })
        .tcp('peer:80')
        .isRedirected('outbound'),
      as({ uid: 1336 }).tcp('peer:80').isRedirected('outbound'),
    ],
  }),

  scenario("1.17: dual stack by the newer releases' variable is off", {
    rules: istio({ proxyMetadata: { ISTIO_DUAL_STACK: 'true' } }),
    releases: '1.17',
    families: ['ipv6'],
    tags: ['surprise'],
    flows: [app.tcp('peer:80').isDirect(byPeer), app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),
]
