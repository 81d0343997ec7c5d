import { app, as, istio, proxy, remote, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const transparent = { interceptionMode: 'TPROXY' } as const
const dualStack = { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' }

export default [
  // The application's answers are for the client; without the `ip rule` they go to it, past the proxy that dialled.
  scenario(
    'from 1.17, TPROXY without its `ip rule`: the proxy takes what comes in, and never hears from the application',
    {
      rules: istio(transparent),
      releases,
      withoutRouting: true,
      tags: ['surprise'],
      flows: [
        remote.tcp('pod:8080').isRedirected('inbound', { then: ['dropped'] }),
        remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      ],
    },
  ),

  scenario('from 1.17, TPROXY without its `ip rule`: what the pod dials is as ever', {
    rules: istio(transparent),
    releases,
    withoutRouting: true,
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
    ],
  }),

  scenario('from 1.17, TPROXY: what a program marks 1337 itself does not leave the pod', {
    rules: istio(transparent),
    releases,
    tags: ['surprise'],
    flows: [
      proxy.tcp('203.0.113.10:81', { mark: 1337, sourceAddress: '10.244.0.5' }).isDropped(),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
    ],
  }),

  // 1338 is what the rules give to the proxy's calls of its own pod.
  scenario('from 1.17, TPROXY: what a program marks 1338 itself is inbound, but for 127.0.0.1 and ::1', {
    rules: istio({ ...transparent, proxyMetadata: dualStack }),
    releases,
    tags: ['surprise'],
    flows: [
      app.tcp('pod:8080', { mark: 1338 }).isRedirected('inbound', { then: ['app'] }),
      app.tcp('lo:8080', { mark: 1338 }).isDirect(byApp),
      app.tcp('pod:8081', { mark: 1336 }).isDirect(byApp),
      app.tcp('pod:8081', { mark: 1339 }).isDirect(byApp),
    ],
  }),

  // The rules in nat leave them alone, and those in mangle know no tunnel port.
  scenario("from 1.17, TPROXY: the proxy's calls to the tunnel port of its own pod are inbound, by user or by group", {
    rules: istio({ ...transparent, proxyMetadata: dualStack }),
    releases,
    tags: ['surprise'],
    flows: [
      as({ uid: 1337, gid: 1000 })
        .tcp('pod:15008')
        .isRedirected('inbound', { then: ['app'] }),
      as({ uid: 1000, gid: 1337 })
        .tcp('pod:15008')
        .isRedirected('inbound', { then: ['app'] }),
      app.tcp('pod:15008').isDirect(byApp),
    ],
  }),

  scenario('from 1.17, REDIRECT: marks have no say', {
    rules: istio({ proxyMetadata: dualStack }),
    releases,
    flows: [1, 2, 0x111, 0x539, 1338, 0x4000, 0x8000, 0xffffffff].flatMap((mark) => [
      app.tcp('203.0.113.10:80', { mark }).isRedirected('outbound'),
      app.tcp('[2001:db8::10]:80', { mark }).isRedirected('outbound'),
    ]),
  }),

  scenario("from 1.17, REDIRECT: the proxy's mark is an ordinary one", {
    rules: istio(),
    releases,
    flows: [
      proxy.tcp('203.0.113.10:80', { mark: 1337 }).isDirect(byPeer),
      app
        .tcp('203.0.113.10:81', { mark: 1337, sourceAddress: '10.244.0.5' })
        .isRedirected('outbound', { then: ['peer'] }),
    ],
  }),
]
