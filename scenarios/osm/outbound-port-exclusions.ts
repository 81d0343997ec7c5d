import { app, osm, proxy, remote, root, scenario } from 'sidetrack'

/** Every other port from 9001, so that each excluded port has a captured neighbour on both sides. */
const oddPorts = (count: number) => Array.from({ length: count }, (_, index) => 9001 + 2 * index)
const direct = (port: number) => app.tcp(`203.0.113.10:${port}`).isDirect({ answeredBy: 'peer' })
const captured = (port: number) => app.tcp(`203.0.113.10:${port}`).isRedirected('outbound')

export default [
  scenario('an excluded outbound port is direct to every host, its neighbours are captured', {
    rules: osm({ outboundPortExclusionList: [6379] }),
    flows: [
      direct(6379),
      captured(6378),
      captured(6380),
      app.tcp('198.51.100.7:6379').isDirect({ answeredBy: 'peer' }),
      app.tcp('peer:6379').isDirect({ answeredBy: 'peer' }),
      root.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      root.tcp('203.0.113.10:6380').isRedirected('outbound'),
      proxy.tcp('203.0.113.10:6379').isDirect({ answeredBy: 'peer' }),
      proxy.tcp('203.0.113.10:6380').isDirect({ answeredBy: 'peer' }),
      app.udp('203.0.113.10:6380').isDirect({ answeredBy: 'peer' }),
    ],
  }),

  scenario('outbound port exclusions say nothing about inbound, inbound ones nothing about outbound', {
    rules: osm({ outboundPortExclusionList: [6379], inboundPortExclusionList: [7070] }),
    flows: [
      direct(6379),
      captured(7070),
      app.tcp('peer:7070').isRedirected('outbound'),
      remote.tcp('pod:6379').isRedirected('inbound'),
      remote.tcp('pod:7070').isDirect({ answeredBy: 'app' }),
    ],
  }),

  scenario("an outbound port exclusion looks at the destination's port, not at the source's", {
    rules: osm({ outboundPortExclusionList: [26379] }),
    flows: [app.tcp('203.0.113.10:80', { sourcePort: 26379 }).isRedirected('outbound'), direct(26379)],
  }),

  scenario('outbound ports by pod annotation, with spaces after commas', {
    rules: osm({}, { 'openservicemesh.io/outbound-port-exclusion-list': '6379, 7070' }),
    flows: [direct(6379), direct(7070), captured(7069), captured(7071), captured(6380)],
  }),

  scenario('outbound ports of mesh and pod add up', {
    rules: osm(
      { outboundPortExclusionList: [6379, 7070] },
      { 'openservicemesh.io/outbound-port-exclusion-list': '7070,9100' },
    ),
    flows: [direct(6379), direct(7070), direct(9100), captured(6380), captured(9101)],
  }),

  scenario('the lowest and the highest port can be excluded', {
    rules: osm({ outboundPortExclusionList: [1, 65535] }),
    flows: [direct(1), direct(65535), captured(2), captured(65534)],
  }),

  scenario('15 outbound ports are all excluded', {
    rules: osm({ outboundPortExclusionList: oddPorts(15) }),
    flows: [
      direct(9001),
      direct(9015),
      direct(9029),
      captured(9000),
      captured(9002),
      captured(9028),
      captured(9030),
      captured(9031),
    ],
  }),

  scenario('16 outbound ports, one more than a multiport match holds, are all excluded', {
    rules: osm({ outboundPortExclusionList: oddPorts(16) }),
    flows: [direct(9001), direct(9029), direct(9031), captured(9030), captured(9032), captured(9033)],
  }),

  scenario('31 outbound ports are all excluded, none lost', {
    rules: osm({ outboundPortExclusionList: oddPorts(31) }),
    flows: [...oddPorts(31).map(direct), captured(9000), captured(9030), captured(9060), captured(9062)],
  }),

  scenario('16 outbound ports, half from the mesh and half from the pod, are all excluded', {
    rules: osm(
      { outboundPortExclusionList: oddPorts(8) },
      { 'openservicemesh.io/outbound-port-exclusion-list': oddPorts(16).slice(8).join(',') },
    ),
    flows: [direct(9001), direct(9015), direct(9017), direct(9031), captured(9016), captured(9033)],
  }),

  scenario('a service on an excluded port is left to its own address, past the proxy', {
    rules: osm({ outboundPortExclusionList: [80] }),
    services: { '10.96.0.20:80': '198.51.100.20:9090', '10.96.0.20:81': '198.51.100.20:80' },
    flows: [
      app.tcp('10.96.0.20:80').isDirect({ answeredBy: 'peer' }),
      app.tcp('10.96.0.20:81').isRedirected('outbound'),
    ],
  }),
]
