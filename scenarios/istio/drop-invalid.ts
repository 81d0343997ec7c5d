import { app, istio, proxy, remote, scenario } from 'sidetrack'

const releases = '>=1.17'
const dropInvalid = { proxyMetadata: { INVALID_DROP: 'true' } }

const unanswered = { answeredBy: 'peer', answered: false } as const

export default [
  // What conntrack calls invalid is not translated: it reaches the application's port in place of the proxy's, and
  // whoever listens there knows nothing of the connection.
  scenario('an invalid segment passes the proxy, and the application resets the connection', {
    rules: istio(),
    tags: ['surprise', 'istio#36566'],
    flows: [
      remote.tcp('pod:8080', { raw: 'FIN,ACK' }).isRefused('pod'),
      remote.tcp('pod:8080', { raw: 'SYN,ACK' }).isRefused('pod'),
      remote.tcp('pod:8080', { raw: 'RST' }).isDirect(),
      remote.tcp('pod:8080', { raw: 'FIN' }).isDirect(),
      remote.tcp('pod:8080', { raw: 'NONE' }).isDirect(),
      app.tcp('203.0.113.10:80', { raw: 'FIN,ACK' }).isRefused('peer'),
      proxy.tcp('203.0.113.10:80', { raw: 'FIN,ACK' }).isRefused('peer'),
    ],
  }),

  scenario('from 1.17: invalid packets are dropped, not reset', {
    rules: istio(dropInvalid),
    releases,
    tags: ['istio#36566'],
    flows: [
      remote.tcp('pod:8080', { raw: 'FIN,ACK' }).isDropped(),
      remote.tcp('pod:8080', { raw: 'SYN,ACK' }).isDropped(),
      remote.tcp('pod:8080', { raw: 'RST' }).isDropped(),
      remote.tcp('pod:8080', { raw: 'RST,ACK' }).isDropped(),
      remote.tcp('pod:8080', { raw: 'FIN' }).isDropped(),
      remote.tcp('pod:8080', { raw: 'NONE' }).isDropped(),
      remote.tcp('pod:15021', { raw: 'FIN,ACK' }).isDropped(),
      remote.tcp('pod:15006', { raw: 'FIN,ACK' }).isDropped(),
    ],
  }),

  scenario('from 1.17, TPROXY: invalid packets are dropped, not reset', {
    rules: istio({ ...dropInvalid, interceptionMode: 'TPROXY' }),
    releases,
    tags: ['istio#36566'],
    flows: [
      remote.tcp('pod:8080', { raw: 'FIN,ACK' }).isDropped(),
      remote.tcp('pod:8080', { raw: 'SYN,ACK' }).isDropped(),
      remote.tcp('pod:15021', { raw: 'FIN,ACK' }).isDropped(),
    ],
  }),

  scenario('from 1.17: invalid packets of an excluded interface are dropped all the same', {
    rules: istio(dropInvalid, { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' }),
    releases,
    interfaces: ['net1'],
    flows: [
      remote.on('net1').tcp('pod.net1:8080', { raw: 'FIN,ACK' }).isDropped(),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080', { raw: 'FIN,ACK' }).isDropped(),
    ],
  }),

  // The rules that leave the interface alone stand in front, in mangle as well.
  scenario('from 1.17, TPROXY: invalid packets of an excluded interface are not dropped', {
    rules: istio(
      { ...dropInvalid, interceptionMode: 'TPROXY' },
      { 'traffic.sidecar.istio.io/excludeInterfaces': 'net1' },
    ),
    releases,
    interfaces: ['net1'],
    tags: ['surprise'],
    flows: [
      remote.on('net1').tcp('pod.net1:8080', { raw: 'FIN,ACK' }).isRefused('pod'),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      remote.tcp('pod:8080', { raw: 'FIN,ACK' }).isDropped(),
    ],
  }),

  scenario('from 1.17, by CNI: invalid packets are dropped as well', {
    rules: istio({ ...dropInvalid, cni: true }),
    releases,
    tags: ['istio#36566'],
    flows: [remote.tcp('pod:8080', { raw: 'FIN,ACK' }).isDropped(), remote.tcp('pod:8080').isRedirected('inbound')],
  }),

  // nf_conntrack_tcp_loose: a connection may be older than the pod's table of connections.
  scenario(
    'from 1.17: an ACK of no connection is not invalid: conntrack takes it for an older one, and the proxy resets it',
    {
      rules: istio(dropInvalid),
      releases,
      tags: ['surprise'],
      flows: [
        remote.tcp('pod:8080', { raw: 'ACK' }).isRefused('pod'),
        remote.tcp('pod:8080', { raw: 'PSH,ACK' }).isRefused('pod'),
      ],
    },
  ),

  scenario('from 1.17: what the pod itself sends is not dropped, but what comes back to it is', {
    rules: istio(dropInvalid),
    releases,
    tags: ['surprise'],
    flows: [
      app.tcp('203.0.113.10:80', { raw: 'FIN,ACK' }).isDirect(unanswered),
      proxy.tcp('203.0.113.10:80', { raw: 'FIN,ACK' }).isDirect(unanswered),
    ],
  }),

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

  // Errors are related to a connection.
  scenario(
    'from 1.17: with invalid packets dropped, the pod hears of a closed port and of an application that is gone',
    {
      rules: istio(dropInvalid),
      releases,
      closed: ['203.0.113.10:54', 'pod:5354'],
      flows: [app.udp('203.0.113.10:54').isRefused('peer'), app.udp('pod:5354').isRefused('pod')],
    },
  ),

  scenario('from 1.17: a pod with IPv6 alone: invalid packets are dropped, what is in order goes its way', {
    rules: istio(dropInvalid),
    releases,
    podIPs: ['ipv6'],
    families: ['ipv6'],
    flows: [
      ...(['FIN,ACK', 'SYN,ACK', 'RST', 'NONE'] as const).map((raw) => remote.tcp('pod:8080', { raw }).isDropped()),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
      remote.ping('pod').isDirect(),
      app.tcp('[2001:db8::10]:80').isRedirected('outbound'),
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
