import { app, as, istio, proxy, remote, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const

export default [
  scenario('from 1.17: an excluded port comes before an included one, an excluded range as well', {
    rules: istio({
      excludeOutboundPorts: '6379',
      includeOutboundPorts: '6379,7070',
      excludeIPRanges: '198.51.100.0/24',
      includeIPRanges: '',
    }),
    releases: '>=1.17',
    flows: [
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('203.0.113.10:7070').isRedirected('outbound'),
      app.tcp('198.51.100.10:7070').isDirect(byPeer),
    ],
  }),

  scenario('an excluded port in an included range goes directly', {
    rules: istio({ excludeOutboundPorts: '6379', includeIPRanges: '203.0.113.0/24' }),
    flows: [
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:6379').isDirect(byPeer),
    ],
  }),

  scenario("the proxy's exemption comes before included ranges", {
    rules: istio({ includeIPRanges: '203.0.113.0/24' }),
    flows: [
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 1337 }).tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17: an owner group comes before included ports and ranges', {
    rules: istio({
      includeIPRanges: '203.0.113.0/24',
      includeOutboundPorts: '6379',
      proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '2001' },
    }),
    releases: '>=1.17',
    flows: [
      as({ uid: 1000, gid: 2001 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 1000, gid: 2001 }).tcp('198.51.100.10:6379').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:6379').isRedirected('outbound'),
    ],
  }),

  scenario('outbound lists have no say about inbound traffic, inbound ones none about outbound', {
    rules: istio({ excludeOutboundPorts: '6379', excludeIPRanges: '10.244.0.0/24', excludeInboundPorts: '5432' }),
    flows: [
      remote.tcp('pod:6379').isRedirected('inbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
      app.tcp('203.0.113.10:5432').isRedirected('outbound'),
      app.tcp('peer:80').isDirect(byPeer),
    ],
  }),

  scenario('an excluded range that holds the own pod IP changes nothing within the pod', {
    rules: istio({ excludeIPRanges: '10.244.0.0/24' }),
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario('interceptionMode NONE: nothing is captured', {
    rules: istio({ interceptionMode: 'NONE' }),
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:15001').isDirect({ answeredBy: 'envoy-outbound' }),
    ],
  }),

  scenario("from 1.17: NONE in a pod's proxy config replaces the mesh's mode as well", {
    rules: istio({}, { 'proxy.istio.io/config': 'interceptionMode: NONE' }),
    releases: '>=1.17',
    flows: [app.tcp('203.0.113.10:80').isDirect(byPeer), remote.tcp('pod:8080').isDirect({ answeredBy: 'app' })],
  }),

  scenario("a pod's own NONE replaces the mesh's mode", {
    rules: istio({ interceptionMode: 'TPROXY' }, { 'sidecar.istio.io/interceptionMode': 'NONE' }),
    flows: [app.tcp('203.0.113.10:80').isDirect(byPeer), remote.tcp('pod:8080').isDirect({ answeredBy: 'app' })],
  }),

  scenario('from 1.17, by CNI: the same promises as by an init container', {
    rules: istio({ cni: true }),
    releases: '>=1.17',
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 10001, gid: 1337 }).tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      app.udp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),
]
