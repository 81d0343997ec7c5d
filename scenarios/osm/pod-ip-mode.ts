import { app, as, osm, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.1'
const byApp = { answeredBy: 'app' } as const
const byPeer = { answeredBy: 'peer' } as const

export default [
  scenario("PodIP: the proxy's calls to 127.0.0.1 arrive at the pod IP, nobody else's do", {
    rules: osm({ localProxyMode: 'PodIP' }),
    releases,
    flows: [
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
      proxy.tcp('lo:8080', { serverFirst: true }).isTranslated('pod:8080'),
      as({ uid: 1500 }).tcp('lo:8080').isTranslated('pod:8080'),
      app.tcp('lo:8080').isDirect(byApp),
      root.tcp('lo:8080').isDirect(byApp),
      as({ uid: 1499 }).tcp('lo:8080').isDirect(byApp),
      as({ uid: 1501 }).tcp('lo:8080').isDirect(byApp),
      as({ uid: 1000, gid: 1500 }).tcp('lo:8080').isDirect(byApp),
      proxy.udp('lo:8080').isDirect(byApp),
      proxy.ping('lo').isDirect(),
    ],
  }),

  scenario('PodIP: other loopback addresses are not translated', {
    rules: osm({ localProxyMode: 'PodIP' }),
    releases,
    flows: [
      proxy.tcp('127.0.0.2:8080').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('127.255.255.254:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('127.0.0.2:8080').isDirect(byApp),
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
    ],
  }),

  scenario('PodIP: capture is as in Localhost mode', {
    rules: osm({ localProxyMode: 'PodIP' }),
    releases,
    interfaces: ['net1'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('peer.net1:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound'),
      remote.tcp('pod:8080', { serverFirst: true }).isRedirected('inbound'),
      remote.tcp('pod:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('pod:8080').isDirect(byApp),
      app.udp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  scenario('PodIP: an application on the pod IP alone is served through the proxy, one on loopback alone is not', {
    rules: osm({ localProxyMode: 'PodIP' }),
    releases,
    interfaces: ['net1'],
    apps: [
      { port: 7000, bind: 'lo' },
      { port: 7001, bind: 'pod' },
    ],
    services: { '10.96.0.10:80': 'pod:7001' },
    flows: [
      remote.tcp('pod:7001').isRedirected('inbound', { then: ['app'] }),
      // The pod IP is eth0's, whichever interface a client came by.
      remote
        .on('net1')
        .tcp('pod.net1:7001')
        .isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:7000').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      proxy.tcp('lo:7001').isTranslated('pod:7001'),
      proxy.tcp('lo:7000').isRefused('pod'),
      app.tcp('lo:7000').isDirect(byApp),
    ],
  }),

  // The admin interface listens on 127.0.0.1 alone, which the proxy's UID can no longer dial.
  scenario("PodIP: the proxy's UID loses its own admin interface, applications keep it (documented)", {
    rules: osm({ localProxyMode: 'PodIP' }),
    releases,
    flows: [
      proxy.tcp('lo:15000').isRefused('pod'),
      app.tcp('lo:15000', { http: true }).isDirect({ answeredBy: 'envoy-admin' }),
      root.tcp('lo:15000', { http: true }).isDirect({ answeredBy: 'envoy-admin' }),
      proxy.tcp('lo:15010').isTranslated('pod:15010'),
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
    ],
  }),

  scenario('PodIP: a call to the own service passes outbound, inbound and reaches the application', {
    rules: osm({ localProxyMode: 'PodIP' }),
    releases,
    services: { '10.96.0.10:80': 'pod:8080', '10.96.0.20:80': '198.51.100.20:8080' },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['peer'] }),
    ],
  }),

  scenario('PodIP with an outbound port exclusion: the port is still translated on loopback', {
    rules: osm({ localProxyMode: 'PodIP', outboundPortExclusionList: [8080] }),
    releases,
    flows: [
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('203.0.113.10:8080').isDirect(byPeer),
      app.tcp('203.0.113.10:8081').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('PodIP with an inbound port exclusion', {
    rules: osm({ localProxyMode: 'PodIP', inboundPortExclusionList: [5432] }),
    releases,
    flows: [
      remote.tcp('pod:5432').isDirect(byApp),
      remote.tcp('pod:5433').isRedirected('inbound'),
      proxy.tcp('lo:5432').isTranslated('pod:5432'),
      proxy.tcp('pod:5432').isRedirected('inbound'),
      app.tcp('203.0.113.10:5432').isRedirected('outbound'),
    ],
  }),

  scenario("PodIP with an excluded range: excluding loopback and the pod's network undoes nothing", {
    rules: osm({ localProxyMode: 'PodIP', outboundIPRangeExclusionList: ['127.0.0.0/8', '10.244.0.0/16'] }),
    releases,
    flows: [
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('peer:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('PodIP with an included range', {
    rules: osm({ localProxyMode: 'PodIP', outboundIPRangeInclusionList: ['203.0.113.0/24'] }),
    releases,
    flows: [
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
      app.tcp('lo:8080').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('198.51.100.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('PodIP with an excluded interface', {
    rules: osm({ localProxyMode: 'PodIP', networkInterfaceExclusionList: ['net1'] }),
    releases,
    interfaces: ['net1'],
    flows: [
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      remote.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario('PodIP with every list at once', {
    rules: osm({
      localProxyMode: 'PodIP',
      networkInterfaceExclusionList: ['net1'],
      outboundIPRangeExclusionList: ['203.0.113.64/26'],
      outboundIPRangeInclusionList: ['203.0.113.0/24'],
      outboundPortExclusionList: [6379],
      inboundPortExclusionList: [5432],
    }),
    releases,
    interfaces: ['net1'],
    flows: [
      proxy.tcp('lo:6379').isTranslated('pod:6379'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('203.0.113.64:80').isDirect(byPeer),
      app.tcp('198.51.100.10:80').isDirect(byPeer),
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.tcp('pod:5432').isDirect(byApp),
      remote.tcp('pod:6379').isRedirected('inbound'),
      remote.on('net1').tcp('pod.net1:6379').isDirect(byApp),
    ],
  }),
]
