import { app, istio, proxy, remote, root, scenario } from 'sidetrack'

const admin = { answeredBy: 'envoy-admin' } as const
const outbound = { answeredBy: 'envoy-outbound' } as const
const inbound = { answeredBy: 'envoy-inbound' } as const

export default [
  // 15006 onto itself changes nothing, so the client has dialled the listener.
  scenario('the reserved ports dialled from outside', {
    rules: istio(),
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15006').isDirect(inbound),
      remote
        .on('net1')
        .tcp('pod.net1:15000')
        .isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:14999').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15002').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15005').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15053').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('the admin interface answers on loopback, whoever asks', {
    rules: istio(),
    flows: [
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      root.tcp('lo:15000', { http: true }).isDirect(admin),
      proxy.tcp('lo:15000', { http: true }).isDirect(admin),
      app.tcp('203.0.113.10:15000').isRedirected('outbound'),
    ],
  }),

  scenario('excluding port 15000 inbound does not expose the admin interface', {
    rules: istio({ excludeInboundPorts: '15000' }),
    flows: [
      remote.tcp('pod:15000').isRefused(),
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      remote.tcp('pod:15002').isRedirected('inbound'),
    ],
  }),

  scenario('the listeners dialled on loopback answer themselves', {
    rules: istio(),
    flows: [
      app.tcp('lo:15001').isDirect(outbound),
      app.tcp('lo:15006').isDirect(inbound),
      app.tcp('lo:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
      app.tcp('lo:15090', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
      proxy.tcp('lo:15001').isDirect(outbound),
      proxy.tcp('lo:15006').isDirect(inbound),
      root.tcp('lo:15001').isDirect(outbound),
      app.tcp('lo:15002').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('reserved ports of the own pod IP are dialled directly by applications, captured inbound by the proxy', {
    rules: istio(),
    flows: [
      app.tcp('pod:15000').isRefused('pod'),
      app.tcp('pod:15001').isDirect(outbound),
      app.tcp('pod:15006').isDirect(inbound),
      app.tcp('pod:15020', { http: true }).isDirect({ answeredBy: 'envoy-status' }),
      proxy.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      proxy.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
      proxy.tcp('pod:15006').isRedirected('inbound', { then: ['self'] }),
      proxy.tcp('pod:15020').isRedirected('inbound', { then: ['self'] }),
    ],
  }),

  scenario('an application on a reserved port is cut off from outside', {
    rules: istio(),
    apps: [{ port: 15000, bind: 'pod' }],
    flows: [
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      app.tcp('pod:15000').isDirect({ answeredBy: 'app' }),
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('an inbound exclusion gives an application on a reserved port back to its clients', {
    rules: istio({ excludeInboundPorts: '15000' }),
    apps: [{ port: 15000, bind: 'pod' }],
    flows: [
      remote.tcp('pod:15000').isDirect({ answeredBy: 'app' }),
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
    ],
  }),
]
