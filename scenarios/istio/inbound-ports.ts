import { app, istio, proxy, remote, scenario } from 'sidetrack'

const byApp = { answeredBy: 'app' } as const
const annotation = (key: 'includeInboundPorts' | 'excludeInboundPorts', value: string) => ({
  [`traffic.sidecar.istio.io/${key}`]: value,
})

export default [
  scenario('excluded inbound ports go directly, the ports beside them do not', {
    rules: istio({ excludeInboundPorts: '5432,6060' }),
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:5432').isDirect(byApp),
      remote.tcp('pod:6060').isDirect(byApp),
      remote.on('net1').tcp('pod.net1:5432').isDirect(byApp),
      remote.tcp('pod:5431').isRedirected('inbound'),
      remote.tcp('pod:5433').isRedirected('inbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('203.0.113.10:5432').isRedirected('outbound'),
    ],
  }),

  // Exclusions stand in PREROUTING alone.
  scenario('an excluded inbound port is still inbound to a self-call', {
    rules: istio({ excludeInboundPorts: '8080' }),
    services: { '10.96.0.10:80': 'pod:8080' },
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario("a pod's excluded inbound ports replace the mesh's, and the proxy's own stay exempt", {
    rules: istio({ excludeInboundPorts: '5432' }, annotation('excludeInboundPorts', '6060')),
    flows: [
      remote.tcp('pod:6060').isDirect(byApp),
      remote.tcp('pod:5432').isRedirected('inbound'),
      remote.tcp('pod:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
    ],
  }),

  scenario("an empty annotation takes the mesh's excluded inbound ports away", {
    rules: istio({ excludeInboundPorts: '5432' }, annotation('excludeInboundPorts', '')),
    flows: [
      remote.tcp('pod:5432').isRedirected('inbound'),
      remote.tcp('pod:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
    ],
  }),

  scenario('without a status port the spaces of an annotation stay, and its ports are excluded all the same', {
    rules: istio({ statusPort: 0 }, annotation('excludeInboundPorts', '5432, 9000 ,9001')),
    flows: [
      ...[5432, 9000, 9001].map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
      ...[8999, 9002, 15020].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound', { then: ['app'] })),
    ],
  }),

  scenario('a probed port is captured, and not where it is excluded', {
    rules: istio({ excludeInboundPorts: '10250' }),
    tags: ['osm#1420'],
    flows: [remote.tcp('pod:10250').isDirect(byApp), remote.tcp('pod:10251').isRedirected('inbound')],
  }),

  scenario('from 1.17: with included inbound ports only they are captured', {
    rules: istio({ includeInboundPorts: '8080,9090' }),
    releases: '>=1.17',
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:9090').isRedirected('inbound', { then: ['app'] }),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound'),
      remote.tcp('pod:8081').isDirect(byApp),
      remote.tcp('pod:22').isDirect(byApp),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      app.tcp('203.0.113.10:8081').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17: an exclude list has no say beside an include list (documented)', {
    rules: istio({ includeInboundPorts: '8080,15021', excludeInboundPorts: '8080' }),
    releases: '>=1.17',
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      // The proxy's own ports are exempt by that list as well.
      remote.tcp('pod:15021').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:8081').isDirect(byApp),
    ],
  }),

  scenario('from 1.17: no inbound port included: nothing from outside is captured', {
    rules: istio({}, annotation('includeInboundPorts', '')),
    releases: '>=1.17',
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      remote.tcp('pod:8080').isDirect(byApp),
      remote.tcp('pod:15000').isRefused(),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('pod:8080').isDirect(byApp),
    ],
  }),

  scenario('from 1.17: no inbound port included: a self-call is inbound all the same, in both families', {
    rules: istio({
      includeInboundPorts: '',
      proxyMetadata: { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' },
    }),
    releases: '>=1.17',
    services: { '10.96.0.10:80': 'pod:8080' },
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario('from 1.31, by CNI: an empty include list of Helm captures nothing inbound', {
    rules: istio({ cni: true, includeInboundPorts: '' }),
    releases: '>=1.31',
    flows: [remote.tcp('pod:8080').isDirect(byApp), app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),

  scenario('1.17, by CNI: an empty include list of Helm is as good as none', {
    rules: istio({ cni: true, includeInboundPorts: '' }),
    releases: '1.17',
    tags: ['surprise'],
    flows: [remote.tcp('pod:8080').isRedirected('inbound'), app.tcp('203.0.113.10:80').isRedirected('outbound')],
  }),

  scenario("1.5: Helm's include list is not read: every inbound port is captured", {
    rules: istio({ includeInboundPorts: '8080' }),
    releases: '1.5',
    tags: ['surprise'],
    flows: [remote.tcp('pod:8080').isRedirected('inbound'), remote.tcp('pod:8081').isRedirected('inbound')],
  }),
]
