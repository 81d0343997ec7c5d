import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

const admin = { answeredBy: 'envoy-admin' } as const
const outbound = { answeredBy: 'envoy-outbound' } as const
const inbound = { answeredBy: 'envoy-inbound' } as const

export default [
  scenario('the admin interface is not reached from outside', {
    rules: osm(),
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      remote
        .on('net1')
        .tcp('pod.net1:15000')
        .isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:14999').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('the admin interface answers on loopback, whoever asks', {
    rules: osm(),
    flows: [
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      root.tcp('lo:15000', { http: true }).isDirect(admin),
      proxy.tcp('lo:15000', { http: true }).isDirect(admin),
      app.tcp('203.0.113.10:15000').isRedirected('outbound'),
    ],
  }),

  scenario('excluding port 15000 inbound does not expose the admin interface', {
    rules: osm({ inboundPortExclusionList: [15000] }),
    flows: [
      remote.tcp('pod:15000').isRefused(),
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      remote.tcp('pod:15002').isRedirected('inbound'),
    ],
  }),

  // A redirection of 15003 onto itself changes nothing, so the client has dialled the listener.
  scenario('the reserved ports dialled from outside', {
    rules: osm(),
    flows: [
      remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15002').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15003').isDirect(inbound),
      remote.tcp('pod:15901').isDirect({ answeredBy: 'envoy-probe' }),
      remote.tcp('pod:15004').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('the listeners dialled on loopback answer themselves', {
    rules: osm(),
    flows: [
      app.tcp('lo:15001').isDirect(outbound),
      app.tcp('lo:15003').isDirect(inbound),
      proxy.tcp('lo:15001').isDirect(outbound),
      proxy.tcp('lo:15003').isDirect(inbound),
      root.tcp('lo:15001').isDirect(outbound),
      app.tcp('lo:15002').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario(
    'from 1.0: reserved ports of the own pod IP are dialled directly by applications, captured inbound by the proxy',
    {
      rules: osm(),
      releases: '>=1.0',
      flows: [
        app.tcp('pod:15000').isRefused('pod'),
        app.tcp('pod:15001').isDirect(outbound),
        app.tcp('pod:15003').isDirect(inbound),
        app.tcp('pod:15010', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
        app.tcp('pod:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
        proxy.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
        proxy.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
        proxy.tcp('pod:15003').isRedirected('inbound', { then: ['self'] }),
        // Exempt ports are exempt on PREROUTING alone.
        proxy.tcp('pod:15010').isRedirected('inbound', { then: ['self'] }),
        proxy.tcp('pod:15901').isRedirected('inbound', { then: ['self'] }),
      ],
    },
  ),

  // The rule that accepts 15000 stands behind the redirection and never matches.
  scenario(
    'up to 0.11: reserved ports of the own pod IP are captured outbound, port 15000 too, and direct for the proxy',
    {
      rules: osm(),
      releases: '<=0.11',
      flows: [
        app.tcp('pod:15000').isRedirected('outbound', { then: ['self'] }),
        app.tcp('pod:15001').isRedirected('outbound', { then: ['self'] }),
        app.tcp('pod:15003').isRedirected('outbound', { then: ['self'] }),
        app.tcp('203.0.113.10:15000').isRedirected('outbound', { then: ['peer'] }),
        app.tcp('lo:15000', { http: true }).isDirect(admin),
        proxy.tcp('pod:15000').isRefused('pod'),
        proxy.tcp('pod:15003').isDirect(inbound),
        proxy.tcp('pod:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
        remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
        remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
        remote.tcp('pod:15003').isDirect(inbound),
        remote.tcp('pod:15010', { http: true }).isDirect({ answeredBy: 'envoy-metrics' }),
      ],
    },
  ),

  // 127.0.0.1:15000 is the admin interface, so the inbound listener has nowhere to hand such a connection on.
  scenario('from 1.0: an application on a reserved port is cut off from outside', {
    rules: osm(),
    releases: '>=1.0',
    apps: [{ port: 15000, bind: 'pod' }],
    flows: [
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      app.tcp('pod:15000').isDirect({ answeredBy: 'app' }),
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('an inbound exclusion gives an application on a reserved port back to its clients', {
    rules: osm({ inboundPortExclusionList: [15000] }),
    apps: [{ port: 15000, bind: 'pod' }],
    flows: [
      remote.tcp('pod:15000').isDirect({ answeredBy: 'app' }),
      app.tcp('lo:15000', { http: true }).isDirect(admin),
      remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
    ],
  }),
]
