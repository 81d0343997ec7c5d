import { app, inner, istio, remote, scenario } from 'sidetrack'

const kubevirt = (names: string) => ({ 'traffic.sidecar.istio.io/kubevirtInterfaces': names })
const dualStack = { proxyMetadata: { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' } }
const [outside, outside6, beside, beside6] = ['203.0.113.10', '[2001:db8::10]', '198.51.100.10', '[fd00:98::10]']

/** Several interfaces with machines of both families behind each. */
const behind = {
  vm0: ['172.30.0.0/24', 'fd00:30::/64'],
  vm1: ['172.30.1.0/24', 'fd00:30:1::/64'],
  vm2: ['172.30.2.0/24', 'fd00:30:2::/64'],
  // Its name begins with that of another one.
  vm10: ['172.30.10.0/24', 'fd00:30:10::/64'],
}

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

  scenario('from 1.17: what comes from each of several rerouted interfaces is outbound, in both families', {
    rules: istio(dualStack, kubevirt('vm0,vm1')),
    releases: '>=1.17',
    behind,
    flows: [
      ...(['vm0', 'vm1'] as const).flatMap((name) => [
        ...[outside, outside6].map((to) =>
          remote
            .on(name)
            .tcp(`${to}:80`)
            .isRedirected('outbound', { then: ['peer'] }),
        ),
        remote.on(name).udp(`${outside}:53`).isDirect({ answeredBy: 'peer' }),
        remote.on(name).udp(`${outside6}:53`).isDirect({ answeredBy: 'peer' }),
      ]),
      ...(['vm2', 'vm10'] as const).map((name) =>
        remote
          .on(name)
          .tcp('pod:8080')
          .isRedirected('inbound', { then: ['app'] }),
      ),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp(`${outside6}:80`).isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17: with several included ranges, each of them is outbound from each rerouted interface', {
    rules: istio(
      { ...dualStack, includeIPRanges: '203.0.113.0/24,192.0.2.0/24,2001:db8::/32,fd00:97::/64' },
      kubevirt('vm0,vm1'),
    ),
    releases: '>=1.17',
    behind,
    flows: (['vm0', 'vm1'] as const).flatMap((name) => [
      ...[outside, '192.0.2.10', outside6, '[fd00:97::10]'].map((to) =>
        remote
          .on(name)
          .tcp(`${to}:80`)
          .isRedirected('outbound', { then: ['peer'] }),
      ),
      ...[beside, beside6].map((to) => remote.on(name).tcp(`${to}:80`).isDirect({ answeredBy: 'peer' })),
    ]),
  }),

  scenario('from 1.17: in a pod with IPv6 alone, what comes from a rerouted interface is outbound', {
    rules: istio({}, kubevirt('vm0')),
    releases: '>=1.17',
    podIPs: ['ipv6'],
    families: ['ipv6'],
    behind,
    flows: [
      remote
        .on('vm0')
        .tcp(`${outside6}:80`)
        .isRedirected('outbound', { then: ['peer'] }),
      remote
        .on('vm1')
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
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
