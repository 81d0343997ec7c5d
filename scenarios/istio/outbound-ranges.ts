import { app, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const annotation = (key: 'includeOutboundIPRanges' | 'excludeOutboundIPRanges', value: string) => ({
  [`traffic.sidecar.istio.io/${key}`]: value,
})

export default [
  scenario('excluded ranges go directly, from their first to their last address', {
    rules: istio({ excludeIPRanges: '198.51.100.0/24,203.0.113.64/26' }),
    flows: [
      app.tcp('198.51.100.0:80').isDirect(byPeer),
      app.tcp('198.51.100.255:80').isDirect(byPeer),
      app.tcp('203.0.113.64:80').isDirect(byPeer),
      app.tcp('203.0.113.127:80').isDirect(byPeer),
      root.tcp('198.51.100.10:80').isDirect(byPeer),
      app.tcp('198.51.99.255:80').isRedirected('outbound'),
      app.tcp('198.51.101.0:80').isRedirected('outbound'),
      app.tcp('203.0.113.63:80').isRedirected('outbound'),
      app.tcp('203.0.113.128:80').isRedirected('outbound'),
    ],
  }),

  scenario('host bits of an excluded range do not count', {
    rules: istio({ excludeIPRanges: '198.51.100.7/24' }),
    flows: [
      app.tcp('198.51.100.77:80').isDirect(byPeer),
      app.tcp('198.51.100.7:80').isDirect(byPeer),
      app.tcp('198.51.101.7:80').isRedirected('outbound'),
    ],
  }),

  scenario('the metadata service is reached once it is excluded', {
    rules: istio({ excludeIPRanges: '169.254.169.254/32' }),
    tags: ['aws-app-mesh-controller-for-k8s#600'],
    flows: [
      app.tcp('169.254.169.254:80').isDirect(byPeer),
      app.tcp('169.254.169.253:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('excluding everything leaves outbound traffic alone, inbound not', {
    rules: istio({ excludeIPRanges: '0.0.0.0/0' }),
    services: { '10.96.0.10:80': 'pod:8080' },
    tags: ['istio#36509'],
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('10.96.0.10:80').isDirect(byPeer),
      root.tcp('peer:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound'),
      proxy.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17: excluding everything of IPv6 leaves that alone, IPv4 not', {
    rules: istio({
      excludeIPRanges: '::/0',
      proxyMetadata: { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' },
    }),
    releases: '>=1.17',
    flows: [
      app.tcp('[2001:db8::10]:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('with included ranges only they are captured, from their first to their last address', {
    rules: istio({ includeIPRanges: '203.0.113.0/25,198.51.100.64/26' }),
    flows: [
      app.tcp('203.0.113.0:80').isRedirected('outbound'),
      app.tcp('203.0.113.127:80').isRedirected('outbound'),
      app.tcp('198.51.100.64:80').isRedirected('outbound'),
      app.tcp('198.51.100.127:80').isRedirected('outbound'),
      app.tcp('203.0.113.128:80').isDirect(byPeer),
      app.tcp('198.51.100.63:80').isDirect(byPeer),
      app.tcp('10.96.0.1:443').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('an excluded range within an included one goes directly', {
    rules: istio({ includeIPRanges: '203.0.113.0/24', excludeIPRanges: '203.0.113.10/32' }),
    tags: ['istio#6027'],
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.11:80').isRedirected('outbound'),
      app.tcp('203.0.113.9:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:80').isDirect(byPeer),
    ],
  }),

  scenario('an included range within an excluded one goes directly as well', {
    rules: istio({ includeIPRanges: '203.0.113.10/32', excludeIPRanges: '203.0.113.0/24' }),
    flows: [app.tcp('203.0.113.10:80').isDirect(byPeer), app.tcp('203.0.113.11:80').isDirect(byPeer)],
  }),

  scenario('no range included: nothing outbound is captured, inbound is', {
    rules: istio({ includeIPRanges: '' }),
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('10.96.0.10:80').isDirect(byPeer),
      app.tcp('lo:8080').isDirect(byApp),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('ranges of the other family alone: nothing is captured', {
    rules: istio({ includeIPRanges: '2001:db8::/32' }),
    tags: ['surprise'],
    flows: [app.tcp('203.0.113.10:80').isDirect(byPeer), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  scenario("a pod's included ranges replace the mesh's", {
    rules: istio({ includeIPRanges: '203.0.113.0/24' }, annotation('includeOutboundIPRanges', '198.51.100.0/24')),
    flows: [app.tcp('198.51.100.10:80').isRedirected('outbound'), app.tcp('203.0.113.10:80').isDirect(byPeer)],
  }),

  scenario("a pod's '*' replaces the mesh's included ranges", {
    rules: istio({ includeIPRanges: '203.0.113.0/24' }, annotation('includeOutboundIPRanges', '*')),
    flows: [app.tcp('198.51.100.10:80').isRedirected('outbound'), app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),

  scenario("a pod's excluded ranges replace the mesh's, and are not added to them", {
    rules: istio(
      { excludeIPRanges: '203.0.113.0/24' },
      { 'traffic.sidecar.istio.io/excludeOutboundIPRanges': '198.51.100.0/24' },
    ),
    flows: [app.tcp('203.0.113.10:80').isRedirected('outbound'), app.tcp('198.51.100.10:80').isDirect(byPeer)],
  }),

  scenario("a pod's excluded ranges replace the mesh's, even empty ones", {
    rules: istio({ excludeIPRanges: '203.0.113.0/24' }, annotation('excludeOutboundIPRanges', '')),
    flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),

  scenario("from 1.17, by CNI: an empty include list of Helm is as good as none, a pod's own is not", {
    rules: istio({ cni: true, includeIPRanges: '' }),
    releases: '>=1.17',
    tags: ['surprise'],
    flows: [app.tcp('203.0.113.10:80').isRedirected('outbound'), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  scenario("from 1.17, by CNI: a pod's own empty include list captures nothing outbound", {
    rules: istio({ cni: true }, annotation('includeOutboundIPRanges', '')),
    releases: '>=1.17',
    flows: [app.tcp('203.0.113.10:80').isDirect(byPeer), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  // 1.31 ends with an error, so that no pod starts.
  scenario('up to 1.17: a range of Helm with a space before it is lost without a word (documented)', {
    rules: istio({ excludeIPRanges: '198.51.100.0/24, 203.0.113.0/24' }),
    releases: '<=1.17',
    tags: ['surprise', 'istio#45338', 'knative/serving#1611'],
    flows: [app.tcp('198.51.100.10:80').isDirect(byPeer), app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),
]
