import { app, istio, proxy, remote, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const

export default [
  // As for an application or an init container that starts before the proxy.
  scenario('proxy down: what would be captured is refused, what is exempt goes on', {
    rules: istio({ excludeOutboundPorts: '6379', excludeInboundPorts: '5432', excludeIPRanges: '198.51.100.0/24' }),
    proxy: 'down',
    tags: ['istio#23802', 'cni#77'],
    flows: [
      app.tcp('203.0.113.10:80').isRefused('pod'),
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      app.tcp('198.51.100.10:80').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      app.udp('203.0.113.10:80').isDirect(byPeer),
      app.ping('203.0.113.10').isDirect(),
      app.tcp('lo:8080').isDirect(byApp),
      remote.tcp('pod:8080').isRefused(),
      remote.tcp('pod:5432').isDirect(byApp),
      remote.udp('pod:8080').isDirect(byApp),
    ],
  }),

  scenario('proxy down: its metrics, status and admin ports are closed', {
    rules: istio(),
    proxy: 'down',
    flows: [
      remote.tcp('pod:15090').isRefused(),
      remote.tcp('pod:15020').isRefused(),
      app.tcp('lo:15000').isRefused('pod'),
      app.tcp('lo:15001').isRefused('pod'),
      app.tcp('lo:8080').isDirect(byApp),
    ],
  }),

  scenario('proxy down: an application does not reach its own service, but its own address', {
    rules: istio(),
    proxy: 'down',
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('10.96.0.10:80').isRefused('pod'),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRefused('pod'),
    ],
  }),

  scenario('proxy down: only included ranges are cut off', {
    rules: istio({ includeIPRanges: '203.0.113.0/24' }),
    proxy: 'down',
    flows: [app.tcp('203.0.113.10:80').isRefused('pod'), app.tcp('198.51.100.10:80').isDirect(byPeer)],
  }),

  scenario('proxy killed: captured traffic is refused, an excluded port goes on', {
    rules: istio({ excludeOutboundPorts: '6379', excludeInboundPorts: '5432' }),
    proxy: 'killed',
    tags: ['istio#7136', 'istio#19564'],
    flows: [
      app.tcp('203.0.113.10:80').isRefused('pod'),
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRefused(),
      remote.tcp('pod:5432').isDirect(byApp),
    ],
  }),
]
