import { app, istio, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const exclude = (names: string) => istio({}, { 'traffic.sidecar.istio.io/excludeInterfaces': names })

export default [
  scenario('from 1.17: an excluded interface is left alone in both directions, the others are not', {
    rules: exclude('net1'),
    releases,
    interfaces: ['net1', 'net2'],
    tags: ['istio#7182'],
    flows: [
      app.tcp('peer.net1:80').isDirect(byPeer),
      root.tcp('peer.net1:80').isDirect(byPeer),
      proxy.tcp('peer.net1:80').isDirect(byPeer),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      app.tcp('peer.net2:80').isRedirected('outbound'),
      remote.on('net2').tcp('pod.net2:8080').isRedirected('inbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17: two excluded interfaces are left alone, eth0 is not', {
    rules: exclude('net1,net2'),
    releases,
    interfaces: ['net1', 'net2'],
    flows: [
      app.tcp('peer.net1:80').isDirect(byPeer),
      app.tcp('peer.net2:80').isDirect(byPeer),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      remote.on('net2').tcp('pod.net2:8080').isDirect(byApp),
      app.tcp('peer:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17: the main interface can be excluded, too', {
    rules: exclude('eth0'),
    releases,
    interfaces: ['net1'],
    services: { '10.96.0.20:80': '198.51.100.20:9090' },
    flows: [
      app.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('10.96.0.20:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect(byApp),
      app.tcp('peer.net1:80').isRedirected('outbound'),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17: an interface whose name only begins like an excluded one is captured', {
    rules: exclude('net1'),
    releases,
    interfaces: ['net1', 'net10'],
    flows: [
      app.tcp('peer.net10:80').isRedirected('outbound'),
      remote.on('net10').tcp('pod.net10:8080').isRedirected('inbound'),
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
    ],
  }),

  // Packets to an address of the pod's own leave through lo, so the interface that holds the address does not count.
  scenario("from 1.17: a self-call through an excluded interface's address still passes the inbound listener", {
    rules: exclude('net1'),
    releases,
    interfaces: ['net1'],
    services: { '10.96.0.10:80': 'pod.net1:8080' },
    flows: [
      proxy.tcp('pod.net1:8080').isRedirected('inbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('pod.net1:8080').isDirect(byApp),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
    ],
  }),

  // The exclusion stands in front of everything else.
  scenario('from 1.17: excluding lo takes self-calls past the inbound listener', {
    rules: exclude('lo'),
    releases,
    services: { '10.96.0.10:80': 'pod:8080' },
    tags: ['surprise'],
    flows: [
      proxy.tcp('pod:8080').isDirect(byApp),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['app'] }),
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17: an excluded interface comes before included ports and ranges', {
    rules: istio(
      { includeIPRanges: '10.245.0.0/24', includeOutboundPorts: '6379', includeInboundPorts: '8080' },
      { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' },
    ),
    releases,
    interfaces: ['net1'],
    flows: [
      app.tcp('peer.net1:80').isDirect(byPeer),
      app.tcp('peer.net1:6379').isDirect(byPeer),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      app.tcp('peer:6379').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('from 1.17, with dual stack: an excluded interface is left alone in both families', {
    rules: istio(
      { proxyMetadata: { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' } },
      { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' },
    ),
    releases,
    interfaces: ['net1'],
    flows: [
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      app.tcp('peer:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),
]
