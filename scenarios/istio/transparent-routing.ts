import { app, istio, proxy, remote, scenario } from 'sidetrack'

const releases = '>=1.17'
const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const
const transparent = { interceptionMode: 'TPROXY' } as const

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
