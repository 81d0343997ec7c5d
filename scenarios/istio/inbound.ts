import { app, istio, proxy, remote, scenario } from 'sidetrack'

const byApp = { answeredBy: 'app' } as const
const dualStack = { proxyMetadata: { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' } }

export default [
  scenario('TCP from outside goes to the inbound listener and from there to the application', {
    rules: istio(),
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:1').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:65535').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:443').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:3306', { serverFirst: true }).isRedirected('inbound', { then: ['app'] }),
      remote.udp('pod:8080').isDirect(byApp),
    ],
  }),

  scenario('no client is spared for its address, and no port but those of the proxy', {
    rules: istio(),
    flows: [
      ...['10.0.0.1', '100.64.0.1', '169.254.7.127', '172.16.0.1', '192.168.1.10', '203.0.113.50'].map(
        (sourceAddress) => remote.tcp('pod:8080', { sourceAddress }).isRedirected('inbound'),
      ),
      ...[53, 80, 5432, 9090, 10250, 15010, 15012, 15014, 15017].map((port) =>
        remote.tcp(`pod:${port}`).isRedirected('inbound'),
      ),
    ],
  }),

  scenario('from 1.17: with dual stack on, inbound capture is the same for IPv4 and IPv6', {
    rules: istio(dualStack),
    releases: '>=1.17',
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote
        .on('net1')
        .tcp('pod.net1:8080')
        .isRedirected('inbound', { then: ['app'] }),
      remote.tcp('[fd00:10::5]:8080').isRedirected('inbound', { then: ['app'] }),
      remote.udp('pod:8080').isDirect(byApp),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
    ],
  }),

  scenario('from 1.17: the application sees 127.0.0.6 for its client, and ::6 by IPv6', {
    rules: istio(dualStack),
    releases: '>=1.17',
    flows: [
      remote.tcp('10.244.0.5:8080').isRedirected('inbound', { then: ['app'], source: '127.0.0.6' }),
      remote.tcp('[fd00:10::5]:8080').isRedirected('inbound', { then: ['app'], source: '::6' }),
    ],
  }),

  scenario('inbound capture holds on every interface', {
    rules: istio(),
    interfaces: ['net1', 'net2'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound'),
      remote.on('net2').tcp('pod.net2:8080').isRedirected('inbound'),
      // An address of the pod's that another interface holds.
      remote.on('net1').tcp('pod:8080').isRedirected('inbound'),
      remote.on('net1').udp('pod.net1:8080').isDirect(byApp),
    ],
  }),

  scenario('whoever is outside is captured, whatever its source port', {
    rules: istio(),
    flows: [
      remote.tcp('pod:8080', { sourcePort: 15001 }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 15006 }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 1024 }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 1023 }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 53 }).isRedirected('inbound'),
    ],
  }),

  scenario('a port that nobody serves is accepted by the listener and refused behind it (documented)', {
    rules: istio(),
    closed: ['pod:8081'],
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:8081').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('pod:8081').isRefused('pod'),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  // What the proxy dials for a client has 127.0.0.6 for its source, which the rules leave alone: it is not inbound once
  // more.
  scenario('a port that no service declares does not loop: one listener, then the application', {
    rules: istio(),
    tags: ['istio#14242', 'istio#14443', 'istio#12110'],
    flows: [
      remote.tcp('pod:2334').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('pod:2334', { sourceAddress: '127.0.0.6' }).isDirect(byApp),
      app.tcp('pod:2334', { sourceAddress: '127.0.0.6' }).isDirect(byApp),
      proxy.tcp('pod:2334').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17: an application that is bound to the pod IP alone is reached through the proxy', {
    rules: istio(),
    releases: '>=1.17',
    apps: [{ port: 8080, bind: 'pod' }],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('pod:8080').isDirect(byApp),
      app.tcp('lo:8080').isRefused('pod'),
    ],
  }),

  scenario('from 1.17: an application that is bound to loopback alone is not reached from outside', {
    rules: istio(),
    releases: '>=1.17',
    apps: [{ port: 8080, bind: 'lo' }],
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('pod:8080').isRefused('pod'),
    ],
  }),

  // Up to 1.9 the proxy dials what a service declares on loopback, and anything else as it was dialled.
  scenario(
    '1.5: on a port of a service an application bound to loopback alone is reached, one bound to the pod IP is not',
    {
      rules: istio(),
      releases: '1.5',
      apps: [
        { port: 8080, bind: 'lo' },
        { port: 8081, bind: 'pod' },
        { port: 8082, bind: 'pod' },
      ],
      services: { '10.96.0.10:80': 'pod:8080', '10.96.0.10:81': 'pod:8081' },
      tags: ['surprise'],
      flows: [
        remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
        remote.tcp('pod:8081').isRedirected('inbound', { then: ['refused'] }),
        remote.tcp('pod:8082').isRedirected('inbound', { then: ['app'] }),
        app.tcp('pod:8081').isDirect(byApp),
      ],
    },
  ),
]
