import { app, as, istio, proxy, remote, scenario } from 'sidetrack'

const tunnel = { answeredBy: 'envoy-tunnel' } as const
const hbone = { proxyMetadata: { ISTIO_META_ENABLE_HBONE: 'true' } }

export default [
  scenario('from 1.31: the tunnel port is reached directly, from outside, from an application and from the proxy', {
    rules: istio(hbone),
    releases: '>=1.31',
    flows: [
      remote.tcp('pod:15008', { http: true }).isDirect(tunnel),
      app.tcp('pod:15008', { http: true }).isDirect(tunnel),
      app.tcp('lo:15008', { http: true }).isDirect(tunnel),
      proxy.tcp('pod:15008', { http: true }).isDirect(tunnel),
      proxy.tcp('pod:15007').isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('pod:15009').isRedirected('inbound', { then: ['app'] }),
      app.tcp('203.0.113.10:15008').isRedirected('outbound'),
    ],
  }),

  scenario("from 1.31: where DNS is captured, the proxy's calls to the tunnel port are direct as well", {
    rules: istio({
      dnsServers: ['10.96.0.10', 'fd00:96::10'],
      proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true', ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' },
    }),
    releases: '>=1.31',
    flows: [
      ...[proxy, as({ uid: 1337, gid: 1000 })].flatMap((who) => [
        who.tcp('pod:15008').isDirect({ answeredBy: 'app' }),
        who.tcp('pod:15007').isRedirected('inbound', { then: ['app'] }),
        who.tcp('pod:15009').isRedirected('inbound', { then: ['app'] }),
      ]),
      as({ uid: 1000, gid: 1337 }).tcp('pod:15008').isDirect({ answeredBy: 'app' }),
    ],
  }),

  // From 1.18 on the proxy's calls to it are excepted.
  scenario('1.17: the proxy that dials the tunnel port of its own pod goes through the inbound listener', {
    rules: istio(hbone),
    releases: '1.17',
    flows: [
      remote.tcp('pod:15008', { http: true }).isDirect(tunnel),
      app.tcp('pod:15008', { http: true }).isDirect(tunnel),
      proxy.tcp('pod:15008').isRedirected('inbound', { then: ['self'] }),
    ],
  }),

  scenario('from 1.17: without a tunnel an application on its port is reached past the proxy', {
    rules: istio(),
    releases: '>=1.17',
    tags: ['surprise'],
    flows: [
      remote.tcp('pod:15008').isDirect({ answeredBy: 'app' }),
      app.tcp('pod:15008').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:15009').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario(
    'from 1.17: with only some ports captured inbound, the tunnel port is still left alone, even where it is listed',
    {
      rules: istio({ includeInboundPorts: '8080,15008' }),
      releases: '>=1.17',
      flows: [
        remote.tcp('pod:15008').isDirect({ answeredBy: 'app' }),
        remote.tcp('pod:8080').isRedirected('inbound'),
        remote.tcp('pod:8081').isDirect({ answeredBy: 'app' }),
      ],
    },
  ),
]
