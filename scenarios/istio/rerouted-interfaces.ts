import { app, inner, istio, remote, scenario } from 'sidetrack'

const kubevirt = (names: string) => ({ 'traffic.sidecar.istio.io/kubevirtInterfaces': names })

export default [
  // What a machine behind the pod sends comes in through the bridge, so the rules take it for inbound whatever it
  // dials.
  scenario('traffic from an inner bridge is taken for inbound, wherever it is sent (documented)', {
    rules: istio(),
    inner: true,
    closed: ['203.0.113.10:80'],
    tags: ['surprise', 'istio#11321', 'istio#27728'],
    flows: [
      inner.tcp('172.30.0.1:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('203.0.113.10:81').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('what comes from a rerouted interface is outbound', {
    rules: istio({}, kubevirt('br0')),
    inner: true,
    tags: ['istio#11321', 'istio#27728'],
    flows: [
      inner.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      inner.tcp('peer:80').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.31: the newer annotation replaces the older one', {
    rules: istio({}, { ...kubevirt('br9'), 'istio.io/reroute-virtual-interfaces': 'br0' }),
    releases: '>=1.31',
    inner: true,
    flows: [
      inner.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  // Exclusions stand in ISTIO_OUTPUT, through which nothing passes that comes from there.
  scenario('excluded ranges and ports have no say about a rerouted interface', {
    rules: istio({ excludeIPRanges: '198.51.100.0/24', excludeOutboundPorts: '6379' }, kubevirt('br0')),
    inner: true,
    tags: ['surprise'],
    flows: [
      inner.tcp('198.51.100.10:80').isRedirected('outbound', { then: ['peer'] }),
      inner.tcp('203.0.113.10:6379').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('198.51.100.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('with included ranges, only they are outbound from a rerouted interface', {
    rules: istio({ includeIPRanges: '203.0.113.0/24' }, kubevirt('br0')),
    inner: true,
    flows: [
      inner.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),
]
