import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

export default [
  scenario('TCP from an application goes to the outbound listener, wherever it is sent', {
    rules: osm(),
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:1').isRedirected('outbound'),
      app.tcp('203.0.113.10:65535').isRedirected('outbound'),
      app.tcp('peer:80').isRedirected('outbound'),
      app.tcp('10.96.0.1:443').isRedirected('outbound'),
      app.tcp('169.254.169.254:80').isRedirected('outbound'),
      root.tcp('203.0.113.10:80').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('peer:80').isDirect({ answeredBy: 'peer' }),
      app.udp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:80').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('no range and no port of the world outside is spared', {
    rules: osm(),
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
      ...[22, 53, 443, 853, 3306, 5432, 6443, 9090, 10250, 15053, 15128].map((port) =>
        app.tcp(`203.0.113.10:${port}`).isRedirected('outbound'),
      ),
    ],
  }),

  scenario('outbound capture holds on every interface', {
    rules: osm(),
    interfaces: ['net1', 'net2'],
    flows: [
      app.tcp('peer.net1:80').isRedirected('outbound'),
      app.tcp('peer.net2:80').isRedirected('outbound'),
      app.tcp('10.245.0.77:80').isRedirected('outbound'),
      proxy.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('peer.net2:80').isDirect({ answeredBy: 'peer' }),
      app.udp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('outbound capture does not ask where a connection comes from', {
    rules: osm(),
    interfaces: ['net1'],
    flows: [
      app.tcp('203.0.113.10:80', { sourceAddress: '10.245.0.5' }).isRedirected('outbound'),
      app.tcp('203.0.113.10:80', { sourcePort: 20000 }).isRedirected('outbound'),
      root.tcp('203.0.113.10:80', { sourcePort: 1023 }).isRedirected('outbound'),
      app.tcp('203.0.113.10:80', { sourcePort: 65535 }).isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80', { sourcePort: 20001 }).isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('a mark of the socket has no say', {
    rules: osm(),
    flows: [
      ...[1, 2, 1337, 1500, 0x4000, 0x8000, 0xffff_ffff].map((mark) =>
        app.tcp('203.0.113.10:80', { mark }).isRedirected('outbound'),
      ),
      proxy.tcp('203.0.113.10:80', { mark: 1500 }).isDirect({ answeredBy: 'peer' }),
      app.udp('203.0.113.10:80', { mark: 0xffff_ffff }).isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('a DSCP has no say', {
    rules: osm(),
    flows: [0xb8, 0x20].flatMap((tos) => [
      app.tcp('203.0.113.10:80', { tos }).isRedirected('outbound'),
      proxy.tcp('203.0.113.10:80', { tos }).isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080', { tos }).isRedirected('inbound'),
      app.udp('203.0.113.10:80', { tos }).isDirect({ answeredBy: 'peer', answered: true }),
    ]),
  }),

  // nf_conntrack_tcp_loose: an ACK may be of a connection that is older than the pod's table of connections, and nat takes
  // it for a new one; other segments of no connection are invalid, and nat never sees them.
  scenario('a lone ACK goes to the outbound listener, which resets it, other segments of no connection to the peer', {
    rules: osm(),
    flows: [
      root.tcp('203.0.113.10:80', { raw: 'ACK' }).isRefused('pod'),
      root.tcp('203.0.113.10:80', { raw: 'FIN,ACK' }).isRefused('peer'),
      proxy.tcp('203.0.113.10:80', { raw: 'ACK' }).isRefused('peer'),
    ],
  }),

  // Both are translated to 127.0.0.1:15001, so conntrack must tell them apart by giving one another source port.
  scenario('two destinations from one source port keep their own original destination', {
    rules: osm(),
    flows: [
      app.tcp('203.0.113.10:80', { sourcePort: 24000 }).isRedirected('outbound'),
      app.tcp('203.0.113.11:80', { sourcePort: 24000 }).isRedirected('outbound'),
      proxy.tcp('203.0.113.12:80', { sourcePort: 24000 }).isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('outbound capture works where the server speaks first', {
    rules: osm({ outboundPortExclusionList: [25] }),
    flows: [
      app.tcp('203.0.113.10:3306', { serverFirst: true }).isRedirected('outbound'),
      app.tcp('203.0.113.10:25', { serverFirst: true }).isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:3306', { serverFirst: true }).isDirect({ answeredBy: 'peer' }),
      app.tcp('lo:3306', { serverFirst: true }).isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario("the proxy dials a service's endpoint, and anything else as it was dialled", {
    rules: osm(),
    services: { '10.96.0.20:80': '198.51.100.20:9090', '10.96.0.20:81': '198.51.100.21:80' },
    flows: [
      app.tcp('10.96.0.20:80').isRedirected('outbound'),
      app.tcp('10.96.0.20:81').isRedirected('outbound'),
      app.tcp('10.96.0.20:82').isRedirected('outbound'),
      app.tcp('198.51.100.20:9090').isRedirected('outbound'),
      proxy.tcp('10.96.0.20:80').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  // The rule that accepts port 15000 stands behind an unconditional redirection: it never matches, in any release.
  scenario('ports of another host that the own proxy reserves are captured like any other', {
    rules: osm(),
    flows: [
      app.tcp('203.0.113.10:15000').isRedirected('outbound'),
      app.tcp('203.0.113.10:15001').isRedirected('outbound'),
      app.tcp('203.0.113.10:15003').isRedirected('outbound'),
      app.tcp('203.0.113.10:15010').isRedirected('outbound'),
      app.tcp('203.0.113.10:15901').isRedirected('outbound'),
      app.tcp('203.0.113.10:15904').isRedirected('outbound'),
      root.tcp('203.0.113.10:15000').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:15001').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:15003').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  // After REDIRECT the packet is routed anew; bound to eth0 it may not take lo, and 127.0.0.1 is no address to leave
  // with.
  scenario('a socket bound to a device is captured and dies (documented)', {
    rules: osm({ outboundPortExclusionList: [6379] }),
    flows: [
      app.tcp('203.0.113.10:80', { bindToDevice: 'eth0' }).isDropped(),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('203.0.113.10:6379', { bindToDevice: 'eth0' }).isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:80', { bindToDevice: 'eth0' }).isDirect({ answeredBy: 'peer' }),
      app.udp('203.0.113.10:80', { bindToDevice: 'eth0' }).isDirect({ answeredBy: 'peer' }),
    ],
  }),
]
