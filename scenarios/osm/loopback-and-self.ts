import { app, as, osm, proxy, remote, root, scenario } from 'sidetrack'

const answeredByApp = { answeredBy: 'app' } as const

export default [
  scenario('127.0.0.1 is never captured, whoever dials it', {
    rules: osm(),
    flows: [
      app.tcp('lo:8080').isDirect(answeredByApp),
      root.tcp('lo:8080').isDirect(answeredByApp),
      proxy.tcp('lo:8080').isDirect(answeredByApp),
      as({ uid: 1500 }).tcp('lo:8080').isDirect(answeredByApp),
      app.tcp('lo:65535').isDirect(answeredByApp),
      app.tcp('203.0.113.10:8080').isRedirected('outbound'),
    ],
  }),

  // The proxy's exemption names 127.0.0.1/32 alone, not the loopback network.
  scenario("from 1.0: other loopback addresses are the application's own, but the proxy's calls there are inbound", {
    rules: osm(),
    releases: '>=1.0',
    flows: [
      app.tcp('127.0.0.2:8080').isDirect(answeredByApp),
      app.tcp('127.255.255.254:8080').isDirect(answeredByApp),
      root.tcp('127.0.0.2:8080').isDirect(answeredByApp),
      proxy.tcp('127.0.0.2:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('127.255.255.254:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('lo:8080').isDirect(answeredByApp),
    ],
  }),

  scenario("up to 0.11: the application's calls to other loopback addresses are outbound, the proxy's direct", {
    rules: osm(),
    releases: '<=0.11',
    flows: [
      app.tcp('127.0.0.2:8080').isRedirected('outbound', { then: ['app'] }),
      app.tcp('127.255.255.254:8080').isRedirected('outbound', { then: ['app'] }),
      proxy.tcp('127.0.0.2:8080').isDirect(answeredByApp),
      app.tcp('lo:8080').isDirect(answeredByApp),
    ],
  }),

  scenario('from 1.0: the own pod IP reaches the application from within, the inbound listener from the proxy', {
    rules: osm(),
    releases: '>=1.0',
    flows: [
      app.tcp('pod:8080').isDirect(answeredByApp),
      root.tcp('pod:8080').isDirect(answeredByApp),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('pod:8080', { serverFirst: true }).isDirect(answeredByApp),
      proxy.tcp('pod:8080', { serverFirst: true }).isRedirected('inbound'),
      proxy.udp('pod:8080').isDirect(answeredByApp),
      proxy.ping('pod').isDirect(),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario("from 1.0: the pod's address on another interface is its own as well", {
    rules: osm(),
    releases: '>=1.0',
    interfaces: ['net1'],
    services: { '10.96.0.10:80': 'pod.net1:8080' },
    flows: [
      app.tcp('pod.net1:8080').isDirect(answeredByApp),
      proxy.tcp('pod.net1:8080').isRedirected('inbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('peer.net1:8080').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.0: a call to the own service passes outbound, inbound and reaches the application', {
    rules: osm(),
    releases: '>=1.0',
    services: { '10.96.0.10:80': 'pod:8080', '10.96.0.20:80': '198.51.100.20:8080' },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.10:80', { serverFirst: true }).isRedirected('outbound', { then: ['inbound', 'app'] }),
      root.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['peer'] }),
      proxy.tcp('10.96.0.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  // Without rules on lo the proxy's dial is exempt, and the inbound side never sees the call.
  scenario('up to 0.11: the own pod IP is captured outbound, and a self-call skips the inbound listener', {
    rules: osm(),
    releases: '<=0.11',
    interfaces: ['net1'],
    services: { '10.96.0.10:80': 'pod:8080', '10.96.0.20:80': '198.51.100.20:8080' },
    flows: [
      app.tcp('pod:8080').isRedirected('outbound', { then: ['app'] }),
      app.tcp('pod.net1:8080').isRedirected('outbound', { then: ['app'] }),
      root.tcp('pod:8080').isRedirected('outbound', { then: ['app'] }),
      proxy.tcp('pod:8080').isDirect(answeredByApp),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['app'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['peer'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote
        .on('net1')
        .tcp('pod.net1:8080')
        .isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.0: a self-call to a port that nobody serves ends behind the inbound listener', {
    rules: osm(),
    releases: '>=1.0',
    services: { '10.96.0.10:80': 'pod:8080' },
    closed: ['pod:8080'],
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'refused'] }),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('pod:8080').isRefused('pod'),
    ],
  }),
]
