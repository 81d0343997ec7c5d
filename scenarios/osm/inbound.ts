import { app, osm, remote, scenario } from 'sidetrack'

export default [
  scenario('TCP to the pod goes to the inbound listener, whatever its port', {
    rules: osm(),
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.tcp('pod:1').isRedirected('inbound'),
      // Releases before 0.7 let SSH through; no release since has.
      remote.tcp('pod:22').isRedirected('inbound'),
      remote.tcp('pod:65535').isRedirected('inbound'),
      // The proxy dials the application on loopback, which then is its client.
      remote.tcp('pod:8081').isRedirected('inbound', { then: ['app'], source: '127.0.0.1' }),
      remote.udp('pod:8080').isDirect({ answeredBy: 'app' }),
      remote.ping('pod').isDirect(),
      app.tcp('lo:8080').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('inbound capture holds on every interface', {
    rules: osm(),
    interfaces: ['net1', 'net2'],
    flows: [
      remote.tcp('pod:8080').isRedirected('inbound'),
      remote.on('net1').tcp('pod.net1:8080').isRedirected('inbound'),
      remote.on('net2').tcp('pod.net2:8080').isRedirected('inbound'),
      remote.on('net1').udp('pod.net1:8080').isDirect({ answeredBy: 'app' }),
      remote.on('net2').ping('pod.net2').isDirect(),
    ],
  }),

  scenario('inbound capture works where the server speaks first', {
    rules: osm({ inboundPortExclusionList: [25] }),
    flows: [
      remote.tcp('pod:3306', { serverFirst: true }).isRedirected('inbound'),
      remote.tcp('pod:25', { serverFirst: true }).isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario('inbound capture does not ask what the client dials from', {
    rules: osm({ outboundIPRangeExclusionList: ['1.1.1.1/32'], outboundPortExclusionList: [6379] }),
    flows: [
      remote.tcp('pod:8080', { sourceAddress: '203.0.113.50' }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourceAddress: '1.1.1.1' }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 6379 }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 15010 }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 53 }).isRedirected('inbound'),
      remote.tcp('pod:8080', { sourcePort: 1023 }).isRedirected('inbound'),
    ],
  }),

  scenario('no client is spared for its address, and no port but those of the proxy', {
    rules: osm(),
    flows: [
      ...['10.0.0.1', '100.64.0.1', '169.254.7.127', '172.16.0.1', '192.168.1.10'].map((sourceAddress) =>
        remote.tcp('pod:8080', { sourceAddress }).isRedirected('inbound'),
      ),
      ...[53, 80, 443, 5432, 9090, 10250, 15128].map((port) => remote.tcp(`pod:${port}`).isRedirected('inbound')),
    ],
  }),

  scenario("inbound capture does not ask who serves: root and the proxy's UID are reached through the proxy", {
    rules: osm(),
    apps: [
      { port: 80, identity: 'root' },
      { port: 8443, identity: { uid: 1500, gid: 1500, groups: [] } },
    ],
    flows: [
      remote.tcp('pod:80').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:8443').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:8080').isRedirected('inbound', { then: ['app'] }),
    ],
  }),

  scenario('an application on loopback alone is served through the proxy, one on the pod IP alone is not', {
    rules: osm({ localProxyMode: 'Localhost' }),
    releases: '>=1.1',
    apps: [
      { port: 7000, bind: 'lo' },
      { port: 7001, bind: 'pod' },
    ],
    flows: [
      remote.tcp('pod:7000').isRedirected('inbound', { then: ['app'] }),
      remote.tcp('pod:7001').isRedirected('inbound', { then: ['refused'] }),
      app.tcp('lo:7000').isDirect({ answeredBy: 'app' }),
      app.tcp('pod:7000').isRefused('pod'),
      app.tcp('pod:7001').isDirect({ answeredBy: 'app' }),
      app.tcp('lo:7001').isRefused('pod'),
    ],
  }),
]
