import { app, istio, proxy, remote, scenario } from 'sidetrack'

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
