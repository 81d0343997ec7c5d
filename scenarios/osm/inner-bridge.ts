import { app, inner, osm, remote, scenario } from 'sidetrack'

export default [
  // What a container in the pod sends comes in through the bridge, so the rules take it for inbound whatever it dials.
  scenario('traffic from an inner bridge is taken for inbound, wherever it is sent (documented)', {
    rules: osm(),
    inner: true,
    apps: [{ port: 8080 }],
    flows: [
      inner.tcp('203.0.113.10:80').isRedirected('inbound', { then: ['refused'] }),
      inner.tcp('203.0.113.10:8080').isRedirected('inbound', { then: ['app'] }),
      inner.tcp('172.30.0.1:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),
]
