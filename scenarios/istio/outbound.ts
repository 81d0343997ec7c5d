import { app, as, istio, proxy, remote, root, scenario } from 'sidetrack'

const byPeer = { answeredBy: 'peer' } as const
/** Rules for both families: each release reads one of these. */
const dualStack = { proxyMetadata: { ISTIO_DUAL_STACK: 'true', ISTIO_AGENT_DUAL_STACK: 'true' } }

export default [
  scenario('TCP from an application goes to the outbound listener, wherever it is sent', {
    rules: istio(),
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:1').isRedirected('outbound'),
      app.tcp('203.0.113.10:65535').isRedirected('outbound'),
      app.tcp('peer:80').isRedirected('outbound'),
      app.tcp('10.96.0.1:443').isRedirected('outbound'),
      app.tcp('169.254.169.254:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect(byPeer),
      proxy.tcp('peer:80').isDirect(byPeer),
      app.udp('203.0.113.10:80').isDirect(byPeer),
      app.tcp('lo:80').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('a DSCP has no say', {
    rules: istio(),
    flows: [0xb8, 0x20].flatMap((tos) => [
      app.tcp('203.0.113.10:80', { tos }).isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80', { tos }).isDirect(byPeer),
      remote.tcp('pod:8080', { tos }).isRedirected('inbound'),
      app.udp('203.0.113.10:80', { tos }).isDirect({ ...byPeer, answered: true }),
    ]),
  }),

  scenario('no range and no port of the world outside is spared', {
    rules: istio(),
    flows: [
      ...[
        '10.0.0.1',
        '100.64.0.1',
        '172.16.0.1',
        '172.31.255.254',
        '192.168.1.10',
        '198.18.0.1',
        '1.1.1.1',
        '8.8.8.8',
      ].map((address) => app.tcp(`${address}:80`).isRedirected('outbound')),
      ...[22, 53, 443, 853, 3306, 5432, 6443, 9090, 10250, 15010, 15012, 15014, 15017, 15053].map((port) =>
        app.tcp(`203.0.113.10:${port}`).isRedirected('outbound'),
      ),
    ],
  }),

  scenario('from 1.17: with dual stack on, outbound capture is the same for IPv4 and IPv6', {
    rules: istio(dualStack),
    releases: '>=1.17',
    flows: [
      app.tcp('peer:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('[2001:db8::10]:80').isRedirected('outbound'),
      root.tcp('[2001:db8::10]:80').isRedirected('outbound'),
      proxy.tcp('peer:80').isDirect(byPeer),
      app.udp('peer:80').isDirect(byPeer),
      app.tcp('lo:80').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('outbound capture holds on every interface', {
    rules: istio(),
    interfaces: ['net1', 'net2'],
    flows: [
      app.tcp('peer.net1:80').isRedirected('outbound'),
      app.tcp('peer.net2:80').isRedirected('outbound'),
      app.tcp('10.245.0.77:80').isRedirected('outbound'),
      proxy.tcp('peer.net1:80').isDirect(byPeer),
      proxy.tcp('peer.net2:80').isDirect(byPeer),
      as({ uid: 1337, gid: 1000 }).tcp('peer.net1:80').isDirect(byPeer),
      as({ uid: 1000, gid: 1337 }).tcp('peer.net1:80').isDirect(byPeer),
      app.udp('peer.net1:80').isDirect(byPeer),
    ],
  }),

  scenario('outbound capture does not ask where a connection comes from', {
    rules: istio(),
    interfaces: ['net1'],
    flows: [
      app.tcp('203.0.113.10:80', { sourceAddress: '10.245.0.5' }).isRedirected('outbound'),
      app.tcp('203.0.113.10:80', { sourcePort: 20000 }).isRedirected('outbound'),
      app.tcp('203.0.113.10:80', { sourcePort: 65535 }).isRedirected('outbound'),
      root.tcp('203.0.113.10:80', { sourcePort: 1023 }).isRedirected('outbound'),
      root.tcp('203.0.113.10:80', { sourcePort: 53 }).isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80', { sourcePort: 20001 }).isDirect(byPeer),
    ],
  }),

  // Both are translated to 127.0.0.1:15001, so connection tracking tells them apart by giving one another source port.
  scenario('two destinations from one source port keep their own original destination', {
    rules: istio(),
    tags: ['istio#38982'],
    flows: [
      app.tcp('203.0.113.10:80', { sourcePort: 24000 }).isRedirected('outbound'),
      app.tcp('203.0.113.11:80', { sourcePort: 24000 }).isRedirected('outbound'),
      proxy.tcp('203.0.113.12:80', { sourcePort: 24000 }).isDirect(byPeer),
    ],
  }),

  scenario('outbound capture works where the server speaks first', {
    rules: istio({ excludeOutboundPorts: '25' }),
    flows: [
      app.tcp('203.0.113.10:3306', { serverFirst: true }).isRedirected('outbound'),
      app.tcp('203.0.113.10:25', { serverFirst: true }).isDirect(byPeer),
      proxy.tcp('203.0.113.10:3306', { serverFirst: true }).isDirect(byPeer),
      app.tcp('lo:3306', { serverFirst: true }).isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario("the proxy dials a service's endpoint, and anything else as it was dialled", {
    rules: istio(),
    services: { '10.96.0.20:80': '198.51.100.20:9090', '10.96.0.20:81': '198.51.100.21:80' },
    flows: [
      app.tcp('10.96.0.20:80').isRedirected('outbound'),
      app.tcp('10.96.0.20:81').isRedirected('outbound'),
      app.tcp('10.96.0.20:82').isRedirected('outbound'),
      app.tcp('198.51.100.20:9090').isRedirected('outbound'),
      proxy.tcp('10.96.0.20:80').isDirect(byPeer),
    ],
  }),

  scenario('ports of another host that the own proxy reserves are captured like any other, 15020 too', {
    rules: istio(),
    flows: [
      app.tcp('203.0.113.10:15000').isRedirected('outbound'),
      app.tcp('203.0.113.10:15001').isRedirected('outbound'),
      app.tcp('203.0.113.10:15006').isRedirected('outbound'),
      app.tcp('203.0.113.10:15008').isRedirected('outbound'),
      app.tcp('203.0.113.10:15020').isRedirected('outbound'),
      app.tcp('203.0.113.10:15021').isRedirected('outbound'),
      app.tcp('203.0.113.10:15090').isRedirected('outbound'),
      root.tcp('203.0.113.10:15020').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:15001').isDirect(byPeer),
      proxy.tcp('203.0.113.10:15008').isDirect(byPeer),
    ],
  }),

  // After REDIRECT the packet is routed anew; bound to eth0 it may not take lo, and 127.0.0.1 is no address to leave
  // with.
  scenario('a socket bound to a device is captured and dies (documented)', {
    rules: istio({ excludeOutboundPorts: '6379' }),
    tags: ['surprise'],
    flows: [
      app.tcp('203.0.113.10:80', { bindToDevice: 'eth0' }).isDropped(),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379', { bindToDevice: 'eth0' }).isDirect(byPeer),
      proxy.tcp('203.0.113.10:80', { bindToDevice: 'eth0' }).isDirect(byPeer),
      app.udp('203.0.113.10:80', { bindToDevice: 'eth0' }).isDirect(byPeer),
    ],
  }),
]
