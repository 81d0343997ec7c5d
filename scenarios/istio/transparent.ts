import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const transparent = { interceptionMode: 'TPROXY' } as const
const passedOn = { then: ['app'], source: 'client' } as const
const dualStack = { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' }

export default [
  scenario('from 1.17, TPROXY: inbound traffic is taken with its client address and passed on with it', {
    rules: istio(transparent),
    releases,
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', passedOn),
      remote.tcp('pod:3306', { serverFirst: true }).isRedirected('inbound', passedOn),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound', passedOn),
      remote.udp('pod:8080').isDirect(byApp),
      remote.ping('pod').isDirect(),
    ],
  }),

  scenario('from 1.17, TPROXY: outbound traffic is redirected as ever', {
    rules: istio(transparent),
    releases,
    services: { '10.96.0.20:80': '198.51.100.20:9090' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['peer'] }),
      root.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      app.udp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('lo:8080').isDirect(byApp),
    ],
  }),

  // The rules still say 1337: of the proxy, which is root then, they know the group alone.
  scenario('from 1.17, TPROXY: the proxy is root, and its group alone exempts it', {
    rules: istio(transparent),
    releases,
    tags: ['surprise'],
    flows: [
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 0, gid: 1337 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 0, gid: 0 }).tcp('203.0.113.10:80').isRedirected('outbound'),
      as({ uid: 1337, gid: 1000 }).tcp('203.0.113.10:80').isDirect(byPeer),
      as({ uid: 0, gid: 1000, groups: [1337] })
        .tcp('203.0.113.10:80')
        .isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17, TPROXY: exempt inbound ports are left alone, the tunnel port is not (documented)', {
    rules: istio({ ...transparent, excludeInboundPorts: '5432' }),
    releases,
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      remote.tcp('pod:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
      remote.tcp('pod:5432').isDirect(byApp),
      remote.tcp('pod:15008').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15019').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:5433').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario(
    'from 1.17, TPROXY: the own pod IP reaches the application from within, the inbound listener from the proxy',
    {
      rules: istio(transparent),
      releases,
      flows: [
        app.tcp('pod:8080').isDirect(byApp),
        root.tcp('pod:8080').isDirect(byApp),
        proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
        proxy.tcp('lo:8080').isDirect(byApp),
        app.tcp('lo:8080').isDirect(byApp),
        proxy.tcp('pod:8080', { sourceAddress: '127.0.0.6' }).isDirect(byApp),
      ],
    },
  ),

  scenario('from 1.17, TPROXY: a call to the own service passes outbound, inbound and reaches the application', {
    rules: istio(transparent),
    releases,
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      root.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario('from 1.17, TPROXY: an excluded interface is left alone in both directions', {
    rules: istio(transparent, { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' }),
    releases,
    interfaces: ['net1'],
    flows: [
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('peer:80').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17, TPROXY: with included inbound ports only they are taken', {
    rules: istio({ ...transparent, includeInboundPorts: '8080,9090' }),
    releases,
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:9090').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:8081').isDirect(byApp),
      app.tcp('203.0.113.10:8081').isRedirected('outbound'),
    ],
  }),

  scenario('from 1.17, TPROXY: with no inbound port included nothing is taken, self-calls neither', {
    rules: istio({ ...transparent, includeInboundPorts: '' }),
    releases,
    services: { '10.96.0.10:80': 'pod:8080' },
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isDirect(byApp),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17, TPROXY: the reserved ports dialled from outside', {
    rules: istio(transparent),
    releases,
    flows: [
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15006').isDirect({ answeredBy: 'envoy-inbound' }),
      remote.tcp('pod:15002').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('from 1.17, TPROXY and dual stack: IPv6 as IPv4', {
    rules: istio({ ...transparent, proxyMetadata: dualStack }),
    releases,
    services: { '[fd00:96::10]:80': 'pod:8080' },
    families: ['ipv6'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', passedOn),
      app.tcp('peer:80').isRedirected('outbound'),
      proxy.tcp('peer:80').isDirect(byPeer),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('[fd00:96::10]:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
    ],
  }),

  scenario('from 1.17, TPROXY, proxy down: inbound traffic is cut off, exempt ports go on', {
    rules: istio({ ...transparent, excludeInboundPorts: '5432' }),
    releases,
    proxy: 'down',
    flows: [
      remote.tcp('pod:5432').isDirect(byApp),
      app.tcp('203.0.113.10:80').isRefused('pod'),
      remote.tcp('pod:8080').isDropped(),
    ],
  }),

  scenario("from 1.17: an annotation of the pod's takes the mesh's TPROXY back", {
    rules: istio(transparent, { 'sidecar.istio.io/interceptionMode': 'REDIRECT' }),
    releases,
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15008').isDirect(byApp),
      as({ uid: 0, gid: 0 }).tcp('203.0.113.10:80').isRedirected('outbound'),
    ],
  }),

  scenario("from 1.17: proxy.istio.io/config can say TPROXY, and cannot take the mesh's back (documented)", {
    rules: istio(transparent, { 'proxy.istio.io/config': 'interceptionMode: REDIRECT' }),
    releases,
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:15008').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),
]
