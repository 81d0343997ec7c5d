import { app, osm, proxy, remote, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
const byApp = { answeredBy: 'app' } as const

export default [
  scenario('proxy down: what would be captured is refused, what is exempt goes on', {
    rules: osm({
      outboundPortExclusionList: [6379],
      inboundPortExclusionList: [5432],
      outboundIPRangeExclusionList: ['198.51.100.0/24'],
    }),
    proxy: 'down',
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
      app.tcp('[2001:db8::10]:80').isDirect(byPeer),
    ],
  }),

  scenario('proxy down: its metrics, probe and admin ports are closed', {
    rules: osm(),
    proxy: 'down',
    flows: [
      remote.tcp('pod:15010').isRefused(),
      remote.tcp('pod:15901').isRefused(),
      app.tcp('lo:15000').isRefused('pod'),
      app.tcp('lo:15001').isRefused('pod'),
      app.tcp('lo:8080').isDirect(byApp),
    ],
  }),

  scenario('proxy down: an application does not reach its own service, but its own address', {
    rules: osm(),
    releases: '>=1.0',
    proxy: 'down',
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('10.96.0.10:80').isRefused('pod'),
      app.tcp('pod:8080').isDirect(byApp),
      proxy.tcp('pod:8080').isRefused('pod'),
    ],
  }),

  scenario('proxy down: only included ranges are cut off', {
    rules: osm({ outboundIPRangeInclusionList: ['203.0.113.0/24'] }),
    releases: '>=1.1',
    proxy: 'down',
    flows: [app.tcp('203.0.113.10:80').isRefused('pod'), app.tcp('198.51.100.10:80').isDirect(byPeer)],
  }),

  scenario('proxy killed: captured traffic is refused, an excluded port goes on', {
    rules: osm({ outboundPortExclusionList: [6379], inboundPortExclusionList: [5432] }),
    proxy: 'killed',
    flows: [
      app.tcp('203.0.113.10:80').isRefused('pod'),
      app.tcp('203.0.113.10:6379').isDirect(byPeer),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      remote.tcp('pod:8080').isRefused(),
      remote.tcp('pod:5432').isDirect(byApp),
    ],
  }),
]
