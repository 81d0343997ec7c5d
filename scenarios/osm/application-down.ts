import { app, osm, proxy, remote, scenario } from 'sidetrack'

export default [
  scenario('application down: the inbound listener accepts, then finds nobody', {
    rules: osm({ inboundPortExclusionList: [5432] }),
    closed: ['pod:8080', 'pod:5432'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['refused'] }),
      remote.tcp('pod:5432').isRefused(),
      remote.tcp('pod:8081').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('peer down: the outbound listener accepts, then finds nobody', {
    rules: osm({ outboundPortExclusionList: [6379] }),
    services: { '10.96.0.20:80': '198.51.100.20:9090' },
    closed: ['203.0.113.10:80', '203.0.113.10:6379', '198.51.100.20:9090'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['refused'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['refused'] }),
      app.tcp('203.0.113.10:6379').isRefused('peer'),
      proxy.tcp('203.0.113.10:80').isRefused('peer'),
      app.tcp('203.0.113.11:80').isRedirected('outbound', { then: ['peer'] }),
    ],
  }),
]
