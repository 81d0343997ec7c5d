import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

export default [
  scenario('from 1.0: rules applied twice behave like rules applied once', {
    rules: osm(),
    releases: '>=1.0',
    apply: { times: 2 },
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:15901', { http: true }).isDirect({ answeredBy: 'envoy-probe' }),
      app.udp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('from 1.1: every list and PodIP mode survive a second application', {
    rules: osm({
      localProxyMode: 'PodIP',
      networkInterfaceExclusionList: ['net1'],
      outboundIPRangeExclusionList: ['203.0.113.64/26'],
      outboundIPRangeInclusionList: ['203.0.113.0/24'],
      outboundPortExclusionList: [6379],
      inboundPortExclusionList: [5432],
    }),
    releases: '>=1.1',
    apply: { times: 2 },
    interfaces: ['net1'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      app.tcp('203.0.113.64:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('198.51.100.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:5432').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080').isRedirected('inbound'),
      proxy.tcp('lo:8080').isTranslated('pod:8080'),
    ],
  }),

  scenario("up to 0.11: a second application fails at its first command, the first one's rules still act", {
    rules: osm({ outboundPortExclusionList: [6379], inboundPortExclusionList: [5432] }),
    releases: '<=0.11',
    apply: { times: 2 },
    applies: { rejectedAt: 1, leaves: 'part' },
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
