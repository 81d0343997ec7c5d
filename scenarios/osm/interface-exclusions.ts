import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

const releases = '>=1.1'

export default [
  scenario('an excluded interface is left alone in both directions, the others are not', {
    rules: osm({ networkInterfaceExclusionList: ['net1'] }),
    releases,
    interfaces: ['net1', 'net2'],
    flows: [
      app.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      root.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('peer.net2:80').isRedirected('outbound'),
      remote.on('net2').tcp('pod.net2:8080').isRedirected('inbound'),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('beside an excluded interface inbound capture asks for no port', {
    rules: osm({ networkInterfaceExclusionList: ['net1'] }),
    releases,
    interfaces: ['net1', 'net2'],
    flows: [22, 80, 443, 3306, 5432, 8081, 8443, 9090, 9999, 15128].flatMap((port) => [
      remote.tcp(`pod:${port}`).isRedirected('inbound'),
      remote.on('net2').tcp(`pod.net2:${port}`).isRedirected('inbound'),
      remote.on('net1').tcp(`pod.net1:${port}`).isDirect({ answeredBy: 'app' }),
    ]),
  }),

  scenario('two excluded interfaces are left alone, eth0 is not', {
    rules: osm({ networkInterfaceExclusionList: ['net1', 'net2'] }),
    releases,
    interfaces: ['net1', 'net2'],
    flows: [
      app.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('peer.net2:80').isDirect({ answeredBy: 'peer' }),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      remote.on('net2').tcp('pod.net2:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('peer:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),

  scenario('the main interface can be excluded, too', {
    rules: osm({ networkInterfaceExclusionList: ['eth0'] }),
    releases,
    interfaces: ['net1'],
    services: { '10.96.0.20:80': '198.51.100.20:9090' },
    flows: [
      app.tcp('203.0.113.10:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('10.96.0.20:80').isDirect({ answeredBy: 'peer' }),
      remote.tcp('pod:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('peer.net1:80').isRedirected('outbound'),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound'),
    ],
  }),

  scenario('names with a dot, and as long as the kernel has them, are excluded, one that begins like them is not', {
    rules: osm({ networkInterfaceExclusionList: ['net1.100', 'enp129s0f0np0v1'] }),
    releases,
    interfaces: ['net1.100', 'enp129s0f0np0v1', 'enp129s0f0np0v2'],
    flows: [
      app.tcp('peer.net1.100:80').isDirect({ answeredBy: 'peer' }),
      remote.on('net1.100').tcp('pod.net1.100:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('peer.enp129s0f0np0v1:80').isDirect({ answeredBy: 'peer' }),
      remote.on('enp129s0f0np0v1').tcp('pod.enp129s0f0np0v1:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('peer.enp129s0f0np0v2:80').isRedirected('outbound'),
      remote.on('enp129s0f0np0v2').tcp('pod.enp129s0f0np0v2:8080').isRedirected('inbound'),
    ],
  }),

  scenario('an interface whose name only begins like an excluded one is captured', {
    rules: osm({ networkInterfaceExclusionList: ['net1'] }),
    releases,
    interfaces: ['net1', 'net10'],
    flows: [
      app.tcp('peer.net10:80').isRedirected('outbound'),
      remote.on('net10').tcp('pod.net10:8080').isRedirected('inbound'),
      app.tcp('peer.net1:80').isDirect({ answeredBy: 'peer' }),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('excluding an interface that the pod lacks changes nothing', {
    rules: osm({ networkInterfaceExclusionList: ['net9'] }),
    releases,
    interfaces: ['net1'],
    flows: [
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      app.tcp('peer.net1:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound'),
    ],
  }),

  // Packets to an address of the pod's own leave through lo, so the interface that holds the address does not count.
  scenario("a self-call through an excluded interface's address still passes the inbound listener", {
    rules: osm({ networkInterfaceExclusionList: ['net1'] }),
    releases,
    interfaces: ['net1'],
    services: { '10.96.0.10:80': 'pod.net1:8080' },
    flows: [
      proxy.tcp('pod.net1:8080').isRedirected('inbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      remote.on('net1').tcp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('excluding lo changes nothing: self-calls are decided before', {
    rules: osm({ networkInterfaceExclusionList: ['lo'] }),
    releases,
    services: { '10.96.0.10:80': 'pod:8080' },
    flows: [
      proxy.tcp('pod:8080').isRedirected('inbound'),
      app.tcp('10.96.0.10:80').isRedirected('outbound', { then: ['inbound', 'app'] }),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
      app.tcp('203.0.113.10:80').isRedirected('outbound'),
      remote.tcp('pod:8080').isRedirected('inbound'),
    ],
  }),
]
