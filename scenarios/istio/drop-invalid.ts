import { app, istio, proxy, remote, scenario } from 'sidetrack'

const releases = '>=1.17'
const dropInvalid = { proxyMetadata: { INVALID_DROP: 'true' } }

export default [
  scenario('from 1.17: dropping invalid packets changes nothing for connections that are in order', {
    rules: istio(dropInvalid),
    releases,
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:3306', { serverFirst: true }).isRedirected('outbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15021', { http: true }).isDirect({ answeredBy: 'envoy-health' }),
      remote.udp('pod:8080').isDirect({ answeredBy: 'app' }),
      remote.ping('pod').isDirect(),
    ],
  }),

  scenario('from 1.17, TPROXY: dropping invalid packets changes nothing for connections that are in order', {
    rules: istio({ ...dropInvalid, interceptionMode: 'TPROXY' }),
    releases,
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:3306', { serverFirst: true }).isRedirected('inbound', { then: ['app'] }),
    ],
  }),
]
