import { app, istio, proxy, remote, scenario } from 'sidetrack'

export default [
  scenario('what the proxy dials for an application is not captured again', {
    rules: istio(),
    interfaces: ['net1'],
    services: {
      '10.96.0.20:80': '10.245.0.30:9090',
      '10.96.0.21:80': '10.96.0.22:80',
      '10.96.0.22:80': '198.51.100.20:9090',
    },
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('peer.net1:80').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('10.96.0.20:80').isRedirected('outbound', { then: ['peer'] }),
      // An endpoint that is another service's address is dialled as it is.
      app.tcp('10.96.0.21:80').isRedirected('outbound', { then: ['peer'] }),
    ],
  }),

  scenario('what the proxy dials for a client is not captured again', {
    rules: istio(),
    interfaces: ['net1'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote
        .on('net1')
        .tcp('pod.net1:8080')
        .isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:15002').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('the proxy never follows a call to a port of its own', {
    rules: istio(),
    services: { '10.96.0.10:80': 'pod:15001', '10.96.0.11:80': 'pod:15006' },
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['self'] }),
      app.tcp('10.96.0.11:80').isRedirected('outbound', { then: ['self'] }),
      remote.tcp('pod:15001').isRedirected('inbound', { then: ['self'] }),
      remote.tcp('pod:15000').isRedirected('inbound', { then: ['self'] }),
      proxy.tcp('203.0.113.10:15001').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('a self-call takes each listener once, though the inbound one dials the pod', {
    rules: istio(),
    services: {
      '10.96.0.10:80': 'pod:8080',
      '10.96.0.11:80': '10.96.0.11:80',
      '10.96.0.12:80': '127.0.0.1:8080',
      '10.96.0.13:80': '127.0.0.2:8080',
    },
    tags: ['istio#12110'],
    flows: [
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('10.96.0.11:80').isRedirected('outbound', { then: ['peer'] }),
      app.tcp('10.96.0.12:80').isRedirected('outbound', { then: ['app'] }),
      app.tcp('10.96.0.13:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario("a source of 127.0.0.6 is the proxy's own way within the pod, and nobody's outside of it", {
    rules: istio(),
    flows: [
      proxy.tcp('pod:8080', { sourceAddress: '127.0.0.6' }).isDirect({ answeredBy: 'app' }),
      app.tcp('pod:8080', { sourceAddress: '127.0.0.6' }).isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080', { sourceAddress: '127.0.0.7' }).isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('pod:8080', { sourceAddress: '127.0.0.5' }).isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('127.0.0.2:8080', { sourceAddress: '127.0.0.6' }).isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario("from 1.17: a source of ::6 is the proxy's own way within the pod, and nobody's outside of it", {
    rules: istio(),
    releases: '>=1.17',
    podIPs: ['ipv6'],
    families: ['ipv6'],
    flows: [
      proxy.tcp('pod:8080', { sourceAddress: '::6' }).isDirect({ answeredBy: 'app' }),
      app.tcp('pod:8080', { sourceAddress: '::6' }).isDirect({ answeredBy: 'app' }),
      proxy.tcp('pod:8080', { sourceAddress: '::1' }).isRedirected('inbound', { then: ['app'] }),
      proxy.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      app.tcp('[2001:db8::10]:80', { sourceAddress: '::6' }).isRedirected('outbound', { then: ['peer'] }),
    ],
  }),
]
