import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

export default [
  scenario("up to 1.17: a second application fails at its first chain, the first one's rules still act", {
    rules: istio({ excludeOutboundPorts: '6379', excludeInboundPorts: '5432' }),
    releases: '<=1.17',
    apply: { times: 2 },
    // 26 is COMMIT.
    applies: { rejectedAt: 2, orAt: 26, leaves: 'part' },
    tags: ['istio#42792', 'istio#24148'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
    ],
  }),

  // 1.31 looks first, and leaves rules that are there as they are. Another builder hears what stands there as `current`.
  scenario('from 1.31: rules applied twice behave like rules applied once', {
    rules: istio({ excludeOutboundPorts: '6379', excludeInboundPorts: '5432', excludeIPRanges: '203.0.113.64/26' }),
    releases: '>=1.31',
    apply: { times: 2 },
    services: { '10.96.0.10:80': 'pod:8080' },
    tags: ['istio#42792', 'istio#24148'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      app.tcp('203.0.113.64:80').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      as({ uid: 1000, gid: 1337 }).tcp('203.0.113.10:81').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      app.udp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.ping('peer').isDirect({ answered: true }),
    ],
  }),

  scenario('from 1.31: IPv6, DNS, included ranges, interfaces and groups survive a second application', {
    rules: istio(
      {
        includeIPRanges: '203.0.113.0/24,2001:db8:1::/48',
        includeOutboundPorts: '443',
        includeInboundPorts: '8080,9090',
        dnsServers: ['10.96.0.10'],
        proxyMetadata: {
          ISTIO_DUAL_STACK: 'true',
          ISTIO_META_DNS_CAPTURE: 'true',
          ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '2001',
        },
      },
      { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' },
    ),
    releases: '>=1.31',
    apply: { times: 2 },
    interfaces: ['net1'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('[2001:db8:1::10]:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:443').isRedirected('outbound'),
      app.tcp('198.51.100.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('[2001:db8:2::10]:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('peer.net1:443').isDirect({ answeredBy: 'peer' }),
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.udp('10.96.0.10:53').isRedirected('dns'),
      app.tcp('10.96.0.10:53').isRedirected('dns'),
      app.udp('203.0.113.53:53').isDirect({ answeredBy: 'peer' }),
      proxy.udp('10.96.0.10:53').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:9090').isRedirected('inbound'),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('from 1.31, TPROXY: inbound, loops and the way back survive a second application', {
    rules: istio({ interceptionMode: 'TPROXY', excludeInboundPorts: '5432', excludeOutboundPorts: '6379' }),
    releases: '>=1.31',
    apply: { times: 2 },
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),
]
