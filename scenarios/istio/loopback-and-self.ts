import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const byApp = { answeredBy: 'app' } as const
const dualStack = { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' }

export default [
  scenario('127.0.0.1 is never captured, whoever dials it', {
    rules: istio(),
    flows: [
      app.tcp('lo:8080').isDirect(byApp),
      root.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('lo:8080').isDirect(byApp),
      as({ uid: 1337, gid: 1000 }).tcp('lo:8080').isDirect(byApp),
      as({ uid: 1000, gid: 1337 }).tcp('lo:8080').isDirect(byApp),
      app.tcp('lo:65535').isDirect(byApp),
      app.tcp('203.0.113.10:8080').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17: with dual stack on, ::1 and the own addresses of both families are treated alike', {
    rules: istio({ proxyMetadata: dualStack }),
    releases: '>=1.17',
    services: { '10.96.0.10:80': 'pod:8080', '[fd00:96::10]:80': 'pod:8080' },
    flows: [
      app.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('lo:8080').isDirect(byApp),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('[fd00:96::10]:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  // The proxy's exemption names 127.0.0.1/32 alone, not the loopback network.
  scenario("other loopback addresses are the application's own, but the proxy's calls there are inbound (documented)", {
    rules: istio(),
    tags: ['surprise', 'istio#17261'],
    flows: [
      app.tcp('127.0.0.2:8080').isDirect(byApp),
      app.tcp('127.255.0.1:8080').isDirect(byApp),
      root.tcp('127.0.0.2:8080').isDirect(byApp),
      proxy.tcp('127.0.0.2:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('127.255.0.1:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('lo:8080').isDirect(byApp),
    ],
  }),

  scenario("from 1.31: a widened loopback range makes the proxy's calls there direct", {
    rules: istio({ proxyMetadata: { ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '127.0.0.0/8' } }),
    releases: '>=1.31',
    tags: ['istio#17261'],
    flows: [
      proxy.tcp('127.0.0.2:8080').isDirect(byApp),
      proxy.tcp('127.255.0.1:8080').isDirect(byApp),
      proxy.tcp('lo:8080').isDirect(byApp),
      app.tcp('127.0.0.2:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.31, by CNI: a widened loopback range has no say', {
    rules: istio({ cni: true, proxyMetadata: { ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '127.0.0.0/8' } }),
    releases: '>=1.31',
    tags: ['surprise'],
    flows: [
      proxy.tcp('127.0.0.2:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('lo:8080').isDirect(byApp),
    ],
  }),

  scenario('the own pod IP reaches the application from within, the inbound listener from the proxy', {
    rules: istio(),
    tags: ['istio#12551', 'istio#15171', 'istio#19308'],
    flows: [
      app.tcp('pod:8080').isDirect(byApp),
      root.tcp('pod:8080').isDirect(byApp),
      app.tcp('pod:8080', { serverFirst: true }).isDirect(byApp),
      as({ uid: 1000, gid: 1337 }).tcp('pod:8080').isDirect(byApp),
      as({ uid: 1000, gid: 1337 }).tcp('pod:53').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('pod:8080', { serverFirst: true }).isRedirected('inbound', { then: ['app'] }),
      proxy.udp('pod:8080').isDirect(byApp),
      proxy.ping('pod').isDirect(),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario("the pod's address on another interface is its own as well", {
    rules: istio(),
    interfaces: ['net1'],
    services: { '10.96.0.10:80': 'pod.net1:8080' },
    flows: [
      app.tcp('pod.net1:8080').isDirect(byApp),
      proxy.tcp('pod.net1:8080').isRedirected('inbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('peer.net1:8080').isRedirected('outbound'),
    ],
  }),

  scenario('a call to the own service passes outbound, inbound and reaches the application', {
    rules: istio(),
    services: { '10.96.0.10:80': 'pod:8080', '10.96.0.20:80': '198.51.100.20:8080' },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.10:80', { serverFirst: true }).isRedirected('outbound', { then: ['inbound', 'app'] }),
      root.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['peer'] }),
      proxy.tcp('10.96.0.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('a self-call to a port that nobody serves ends behind the inbound listener', {
    rules: istio(),
    services: { '10.96.0.10:80': 'pod:8080' },
    closed: ['pod:8080'],
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'refused'] }),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('pod:8080').isRefused('pod'),
    ],
  }),

  // The rules for others than the proxy on lo go, so that calls within the pod come to the ranges.
  scenario('from 1.17: a loopback range among the included ones has calls within the pod captured, but for 127.0.0.1', {
    rules: istio({ includeIPRanges: '10.244.0.0/24,127.0.0.0/8' }),
    releases: '>=1.17',
    tags: ['surprise'],
    flows: [
      app.tcp('127.0.0.2:8080').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('pod:8080').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      as({ uid: 1000, gid: 1337 })
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
      as({ uid: 1000, gid: 1337 }).tcp('lo:8080').isDirect(byApp),
      as({ uid: 1000, gid: 1000, groups: [1337] })
        .tcp('pod:8080')
        .isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('1.5: a loopback range among the included ones has no say', {
    rules: istio({ includeIPRanges: '127.0.0.0/8,10.244.0.0/24' }),
    releases: '1.5',
    flows: [
      app.tcp('127.0.0.2:8080').isDirect(byApp),
      app.tcp('pod:8080').isDirect(byApp),
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('10.244.0.9:8080').isRedirected('outbound'),
    ],
  }),
]
