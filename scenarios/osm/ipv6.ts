import { app, as, osm, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const

// OSM makes no rules for IPv6: whoever uses it bypasses the proxy.
export default [
  scenario('IPv6 leaves the pod untouched, whoever sends it (documented)', {
    rules: osm(),
    flows: [
      app.tcp('[2001:db8::10]:80').isDirect(byPeer),
      root.tcp('[2001:db8::10]:80').isDirect(byPeer),
      proxy.tcp('[2001:db8::10]:80').isDirect(byPeer),
      as({ uid: 1501 }).tcp('[2001:db8::10]:80').isDirect(byPeer),
      app.tcp('[2001:db8::10]:3306', { serverFirst: true }).isDirect(byPeer),
      app.udp('[2001:db8::10]:53').isDirect(byPeer),
      app.ping('2001:db8::10').isDirect(),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("IPv6 enters the pod untouched, past the proxy, and the proxy's ports do not answer it", {
    rules: osm(),
    families: ['ipv6'],
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:8080').isDirect(byApp),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      remote.udp('pod:8080').isDirect(byApp),
      remote.ping('pod').isDirect(),
      remote.tcp('pod:15003').isRefused(),
      remote.tcp('pod:15901').isRefused(),
      remote.tcp('10.244.0.5:8080').isRedirected('inbound'),
    ],
  }),

  scenario('IPv6 within the pod is untouched: no self-call through the inbound listener', {
    rules: osm(),
    releases: '>=1.0',
    families: ['ipv6'],
    flows: [
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isDirect(byApp),
      app.tcp('lo:15000').isRefused('pod'),
      app.udp('lo:5353').isDirect(byApp),
      app.ping('lo').isDirect(),
      proxy.tcp('10.244.0.5:8080').isRedirected('inbound'),
    ],
  }),

  scenario('a pod whose primary address is IPv6 is captured in IPv4 like any other', {
    rules: osm({ outboundPortExclusionList: [6379], inboundPortExclusionList: [5432] }),
    podIPs: ['ipv6', 'ipv4'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('10.244.0.5:8080').isRedirected('inbound'),
      remote.tcp('10.244.0.5:5432').isDirect(byApp),
      app.tcp('[2001:db8::10]:80').isDirect(byPeer),
    ],
  }),

  scenario('no list has a say about IPv6', {
    rules: osm({
      outboundIPRangeInclusionList: ['0.0.0.0/0'],
      outboundIPRangeExclusionList: ['198.51.100.0/24'],
      outboundPortExclusionList: [6379],
      inboundPortExclusionList: [5432],
      networkInterfaceExclusionList: ['net1'],
    }),
    releases: '>=1.1',
    families: ['ipv6'],
    interfaces: ['net1'],
    flows: [
      app.tcp('[2001:db8::10]:80').isDirect(byPeer),
      app.tcp('[2001:db8::10]:6379').isDirect(byPeer),
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.tcp('pod:8080').isDirect(byApp),
      remote.tcp('pod:5432').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('10.244.0.5:8080').isRedirected('inbound'),
    ],
  }),

  scenario('PodIP mode translates 127.0.0.1 and leaves ::1 alone', {
    rules: osm({ localProxyMode: 'PodIP' }),
    releases: '>=1.1',
    families: ['ipv6'],
    flows: [
      proxy.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('[2001:db8::10]:80').isDirect(byPeer),
      proxy.tcp('127.0.0.1:8080').isTranslated('10.244.0.5:8080'),
    ],
  }),
]
