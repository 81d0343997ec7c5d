import { app, istio, proxy, remote, scenario } from 'sidetrack'

export default [
  // 1.31 looks first, and leaves rules that are there as they are.
  scenario("up to 1.17: a second application fails at its first chain, the first one's rules still act", {
    rules: istio({ excludeOutboundPorts: '6379', excludeInboundPorts: '5432' }),
    releases: '<=1.17',
    apply: { times: 2 },
    // 26 is COMMIT.
    applies: { rejectedAt: 2, orAt: 26, leaves: 'part' },
    tags: ['istio#42792', 'istio#24148'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
    ],
  }),
]
