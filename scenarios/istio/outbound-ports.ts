import { app, istio, proxy, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const

export default [
  scenario('an excluded port is where a connection goes, not where it comes from', {
    rules: istio({ excludeOutboundPorts: '6379,7070' }),
    flows: [
      app.tcp('203.0.113.10:80', { sourcePort: 6379 }).isRedirected('outbound'),
      app.tcp('203.0.113.10:80', { sourcePort: 7070 }).isRedirected('outbound'),
    ],
  }),

  scenario('excluded outbound ports go directly, whoever dials them, the ports beside them do not', {
    rules: istio({ excludeOutboundPorts: '6379,7070' }),
    interfaces: ['net1'],
    flows: [
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('203.0.113.10:7070').isDirect(byPeer),
      root.tcp('203.0.113.10:6379').isDirect(byPeer),
      proxy.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('peer.net1:6379').isDirect(byPeer),
      app.tcp('203.0.113.10:6378').isRedirected('outbound'),
      app.tcp('203.0.113.10:6380').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("a pod's excluded outbound ports replace the mesh's", {
    rules: istio({ excludeOutboundPorts: '6379' }, { 'traffic.sidecar.istio.io/excludeOutboundPorts': '7070' }),
    flows: [app.tcp('203.0.113.10:7070').isDirect(byPeer), app.tcp('203.0.113.10:6379').isRedirected('outbound')],
  }),

  scenario("an empty annotation takes the mesh's excluded ports away", {
    rules: istio({ excludeOutboundPorts: '6379' }, { 'traffic.sidecar.istio.io/excludeOutboundPorts': '' }),
    flows: [app.tcp('203.0.113.10:6379').isRedirected('outbound'), app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),

  scenario('spaces in an annotation of ports do not count', {
    rules: istio({}, { 'traffic.sidecar.istio.io/excludeOutboundPorts': '6379, 7070 ,9090' }),
    flows: [
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('203.0.113.10:7070').isDirect(byPeer),
      app.tcp('203.0.113.10:9090').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('thirty-one excluded ports are none too many', {
    rules: istio({ excludeOutboundPorts: Array.from({ length: 31 }, (_, index) => 7001 + index).join(',') }),
    tags: ['amazon-vpc-cni-plugins#77'],
    flows: [
      app.tcp('203.0.113.10:7001').isDirect(byPeer),
      app.tcp('203.0.113.10:7015').isDirect(byPeer),
      app.tcp('203.0.113.10:7016').isDirect(byPeer),
      app.tcp('203.0.113.10:7031').isDirect(byPeer),
      app.tcp('203.0.113.10:7000').isRedirected('outbound'),
      app.tcp('203.0.113.10:7032').isRedirected('outbound'),
    ],
  }),

  // The exclusion stands in front of the rules for calls within the pod.
  scenario('a self-call whose endpoint has an excluded port goes past the inbound listener', {
    rules: istio({ excludeOutboundPorts: '8080' }),
    services: { '10.96.0.10:80': 'pod:8080', '10.96.0.11:80': 'pod:8081' },
    tags: ['surprise'],
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['app'] }),
      app.tcp('10.96.0.11:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      proxy.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8081').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17: included outbound ports beside all ranges add nothing (documented)', {
    rules: istio({ includeOutboundPorts: '6379' }),
    releases: '>=1.17',
    tags: ['surprise', 'istio#32677'],
    flows: [
      app.tcp('203.0.113.10:6379').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6380').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17: with no range included, only included ports are captured', {
    rules: istio({ includeIPRanges: '', includeOutboundPorts: '6379,7070' }),
    releases: '>=1.17',
    flows: [
      app.tcp('203.0.113.10:6379').isRedirected('outbound'),
      app.tcp('198.51.100.10:7070').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:6380').isDirect(byPeer),
      proxy.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('lo:6379').isDirect(byApp),
    ],
  }),

  scenario('from 1.17: an included port is captured wherever it is, beside included ranges', {
    rules: istio({ includeIPRanges: '203.0.113.0/24' }, { 'traffic.sidecar.istio.io/includeOutboundPorts': '6379' }),
    releases: '>=1.17',
    flows: [
      app.tcp('198.51.100.10:6379').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:80').isDirect(byPeer),
    ],
  }),

  scenario('from 1.31: an excluded outbound port is left alone for UDP as well', {
    rules: istio({ excludeOutboundPorts: '6379' }),
    releases: '>=1.31',
    tags: ['istio#53949', 'istio#53998'],
    flows: [
      app.udp('203.0.113.10:6379').isDirect(byPeer),
      app.udp('203.0.113.10:6380').isDirect(byPeer),
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
    ],
  }),
]
