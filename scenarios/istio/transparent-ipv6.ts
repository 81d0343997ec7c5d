import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const transparent = { interceptionMode: 'TPROXY' } as const
const alone = { podIPs: ['ipv6'], families: ['ipv6'] } as const
const passedOn = { then: ['app'], source: 'client' } as const

export default [
  scenario('from 1.17, TPROXY: a pod with IPv6 alone: what comes in, and what is exempt', {
    ...alone,
    rules: istio(
      { ...transparent, excludeInboundPorts: '5432' },
      { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' },
    ),
    releases,
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', passedOn),
      remote.tcp('pod:3306', { serverFirst: true }).isRedirected('inbound', passedOn),
      remote.tcp('pod:5432').isDirect(byApp),
      remote.tcp('pod:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      remote.tcp('pod:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
      ...[5431, 5433, 15008, 15019, 15022, 15089, 15091].map((port) =>
        remote.tcp(`pod:${port}`).isRedirected('inbound', { then: ['app'] }),
      ),
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15006').isDirect({ answeredBy: 'envoy-inbound' }),
      remote.on('net1').tcp('pod.net1:8080').isDirect(byApp),
      app.tcp('peer.net1:80').isDirect(byPeer),
      remote.udp('pod:8080').isDirect(byApp),
      remote.ping('pod').isDirect(),
    ],
  }),

  scenario('from 1.17, TPROXY: a pod with IPv6 alone: what the pod dials, outside and within', {
    ...alone,
    rules: istio(transparent),
    releases,
    services: { '[fd00:96::10]:80': 'pod:8080' },
    flows: [
      app.tcp('peer:80').isRedirected('outbound'),
      as({ uid: 0, gid: 1337 }).tcp('peer:80').isDirect(byPeer),
      as({ uid: 1337, gid: 1000 }).tcp('peer:80').isDirect(byPeer),
      root.tcp('peer:80').isRedirected('outbound'),
      as({ uid: 0, gid: 1000, groups: [1337] })
        .tcp('peer:80')
        .isRedirected('outbound'),
      app.tcp('pod:8080').isDirect(byApp),
      root.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      as({ uid: 1337, gid: 1000 })
        .tcp('pod:8080')
        .isRedirected('inbound', { then: ['app'] }),
      ...[1336, 1338].map((uid) => as({ uid, gid: 1000 }).tcp('pod:8080').isDirect(byApp)),
      ...[1336, 1338].map((gid) => as({ uid: 0, gid }).tcp('pod:8080').isDirect(byApp)),
      as({ uid: 0, gid: 0, groups: [1337] })
        .tcp('pod:8080')
        .isDirect(byApp),
      proxy.tcp('lo:8080').isDirect(byApp),
      as({ uid: 1337, gid: 1000 }).tcp('lo:8080').isDirect(byApp),
      app.tcp('lo:8080').isDirect(byApp),
      proxy.tcp('pod:8080', { sourceAddress: '::6' }).isDirect(byApp),
      as({ uid: 1337, gid: 1000 }).tcp('pod:8080', { sourceAddress: '::6' }).isDirect(byApp),
      app.tcp('[fd00:96::10]:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
    ],
  }),

  scenario('from 1.17, TPROXY: a pod with IPv6 alone: with included inbound ports only they are taken', {
    ...alone,
    rules: istio({ ...transparent, includeInboundPorts: '8080,7171,9292,9090' }),
    releases,
    flows: [
      ...[8080, 9090].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound', passedOn)),
      ...[8079, 8081, 9089, 9091].map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      app.tcp('peer:80', { sourcePort: 7171 }).isRedirected('outbound'),
      proxy.tcp('peer:80', { sourcePort: 9292 }).isDirect(byPeer),
    ],
  }),

  scenario(
    "from 1.17, TPROXY: a UID of the proxy's without its group is inbound within the pod, the IDs beside both are not",
    {
      rules: istio(transparent),
      releases,
      flows: [
        as({ uid: 1337, gid: 1000 })
          .tcp('pod:8080')
          .isRedirected('inbound', { then: ['app'] }),
        as({ uid: 1337, gid: 1000 }).tcp('lo:8080').isDirect(byApp),
        as({ uid: 1337, gid: 1000 }).tcp('pod:8080', { sourceAddress: '127.0.0.6' }).isDirect(byApp),
        ...[1336, 1338].map((uid) => as({ uid, gid: 1000 }).tcp('pod:8080').isDirect(byApp)),
        ...[1336, 1338].map((gid) => as({ uid: 0, gid }).tcp('pod:8080').isDirect(byApp)),
        as({ uid: 0, gid: 0, groups: [1337] })
          .tcp('pod:8080')
          .isDirect(byApp),
      ],
    },
  ),

  // A reply to that port belongs to a connection of the pod's own.
  scenario('from 1.17, TPROXY: what the pod dials from an included port is as ever', {
    rules: istio({ ...transparent, includeInboundPorts: '8080,7171,9292,9090' }),
    releases,
    flows: [
      ...[8080, 9090].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound', passedOn)),
      ...[8079, 8081, 9089, 9091].map((port) => remote.tcp(`pod:${port}`).isDirect(byApp)),
      app.tcp('203.0.113.10:81', { sourcePort: 7171 }).isRedirected('outbound'),
      app.tcp('203.0.113.10:81', { sourcePort: 9292 }).isRedirected('outbound'),
      proxy.tcp('203.0.113.10:82', { sourcePort: 9292 }).isDirect(byPeer),
    ],
  }),
]
