import { app, as, inner, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const answered = { answered: true } as const

export default [
  scenario('UDP leaves the pod untouched, whoever sends it, port 53 as well', {
    rules: istio(),
    tags: ['istio#44843'],
    flows: [
      app.udp('203.0.113.10:53').isDirect(byPeer),
      root.udp('203.0.113.10:53').isDirect(byPeer),
      proxy.udp('203.0.113.10:53').isDirect(byPeer),
      as({ uid: 1337, gid: 1000 }).udp('203.0.113.10:53').isDirect(byPeer),
      as({ uid: 1000, gid: 1337 }).udp('203.0.113.10:53').isDirect(byPeer),
      app.udp('203.0.113.10:443').isDirect(byPeer),
      app.udp('203.0.113.10:15001').isDirect(byPeer),
      app.udp('203.0.113.10:15006').isDirect(byPeer),
      app.udp('203.0.113.10:53', { sourcePort: 25353 }).isDirect(byPeer),
      app.tcp('203.0.113.10:53').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:53').isDirect(byPeer),
    ],
  }),

  scenario('UDP enters the pod untouched on every interface', {
    rules: istio(),
    interfaces: ['net1'],
    flows: [
      remote.udp('pod:5353').isDirect(byApp),
      remote.on('net1').udp('pod.net1:5353').isDirect(byApp),
      remote.tcp('pod:5353').isRedirected('inbound'),
      app.udp('peer.net1:5353').isDirect(byPeer),
    ],
  }),

  scenario('UDP to well-known ports is untouched, into the pod and out of it', {
    rules: istio(),
    flows: [53, 123, 443, 500, 4500, 4789, 8472, 51820].flatMap((port) => [
      remote.udp(`pod:${port}`).isDirect(byApp),
      app.udp(`203.0.113.10:${port}`).isDirect(byPeer),
    ]),
  }),

  scenario("UDP within the pod is untouched, the proxy's as well", {
    rules: istio(),
    flows: [
      app.udp('lo:5353').isDirect(byApp),
      app.udp('127.0.0.2:5353').isDirect(byApp),
      app.udp('pod:5353').isDirect(byApp),
      proxy.udp('lo:5353').isDirect(byApp),
      proxy.udp('pod:5353').isDirect(byApp),
      app.tcp('lo:5353').isDirect(byApp),
    ],
  }),

  scenario('a TCP and a UDP flow from the same source port go separate ways', {
    rules: istio(),
    flows: [
      app.tcp('203.0.113.10:53', { sourcePort: 25354 }).isRedirected('outbound'),
      app.udp('203.0.113.10:53', { sourcePort: 25354 }).isDirect(byPeer),
    ],
  }),

  scenario('ICMP leaves and enters the pod untouched, whoever sends it', {
    rules: istio(),
    interfaces: ['net1'],
    flows: [
      app.ping('203.0.113.10').isDirect(answered),
      root.ping('203.0.113.10').isDirect(answered),
      proxy.ping('203.0.113.10').isDirect(answered),
      app.ping('peer.net1').isDirect(answered),
      remote.ping('pod').isDirect(answered),
      remote.on('net1').ping('pod.net1').isDirect(answered),
      app.tcp('203.0.113.10:7').isRedirected('outbound'),
    ],
  }),

  scenario('ICMP within the pod is untouched', {
    rules: istio(),
    flows: [
      app.ping('lo').isDirect(answered),
      app.ping('pod').isDirect(answered),
      proxy.ping('lo').isDirect(answered),
      proxy.ping('pod').isDirect(answered),
      root.ping('127.0.0.2').isDirect(answered),
    ],
  }),

  scenario('included ranges and ports do not capture UDP', {
    rules: istio({ includeIPRanges: '203.0.113.0/24', excludeInboundPorts: '5353' }),
    flows: [
      app.udp('203.0.113.10:53').isDirect(byPeer),
      app.udp('198.51.100.10:53').isDirect(byPeer),
      app.ping('203.0.113.10').isDirect(answered),
      remote.udp('pod:5353').isDirect(byApp),
      remote.udp('pod:5354').isDirect(byApp),
      app.tcp('203.0.113.10:53').isRedirected('outbound'),
    ],
  }),

  scenario('UDP to a port that nobody serves is refused as without a mesh', {
    rules: istio(),
    closed: ['203.0.113.10:54', 'pod:5354'],
    flows: [
      app.udp('203.0.113.10:54').isRefused('peer'),
      remote.udp('pod:5354').isRefused(),
      app.udp('203.0.113.10:53').isDirect(byPeer),
    ],
  }),

  scenario('what a container behind a bridge of the pod sends past the proxy keeps its address', {
    rules: istio({ excludeInboundPorts: '8443' }),
    inner: true,
    flows: [
      inner.tcp('203.0.113.10:8443').isDirect({ ...byPeer, source: '172.30.0.2' }),
      inner.udp('203.0.113.10:443').isDirect({ ...byPeer, source: '172.30.0.2' }),
    ],
  }),
]
