import {
  appended,
  deleted,
  firstPort,
  lastDeleted,
  lastPort,
  lastPortLost,
  movedLast,
  negated,
  plus,
  prepended,
  reworded,
  targeted,
  valued,
  without,
} from './edit.ts'
import { type Fault, faultsOf, type Promised } from './fault.ts'
import {
  excludedInterface,
  excludedInterfaces,
  exempt,
  inbound,
  inboundEverywhere,
  inboundFromAnywhere,
  inboundPort,
  inboundPortEverywhere,
  inboundPortNotSource,
  inboundPorts15,
  inboundPorts31,
  inboundPortsAddUp,
  similarInterface,
  tcpProbe,
} from './promises.ts'

const listed = 'OSM_PROXY_INBOUND -p tcp --dports * -j RETURN'

/** Faults in what osm@1.2 says about connections that enter the pod. */
export const inboundFaults: readonly Fault[] = [
  ...faultsOf('OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003', [
    ['deleted', deleted, inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['for UDP', valued('-p', () => 'udp'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['to the outbound listener', targeted('REDIRECT', '--to-port', '15001'), inbound, 'remote-tcp-pod:8080', 'looped: outbound → looped'],
    ['to a port that nobody has', targeted('REDIRECT', '--to-port', '15004'), inbound, 'remote-tcp-pod:8080', 'refused: refused'],
    ['to the same port', targeted('REDIRECT'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['ACCEPT', targeted('ACCEPT'), inbound, 'remote-tcp-pod:22', 'direct: app'],
    ['RETURN', targeted('RETURN'), inbound, 'remote-tcp-pod:65535', 'direct: app'],
  ]),
  ...faultsOf('PREROUTING -p tcp -j OSM_PROXY_INBOUND', [
    ['deleted', deleted, inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['for all but TCP', negated('-p'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['for UDP', valued('-p', () => 'udp'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['on eth0 alone', reworded('-p', '-i eth0 -p'), inboundEverywhere, 'remote.net1-tcp-pod.net1:8080', 'direct: app'],
    [
      "from the pod's network alone",
      reworded('-p', '-s 10.244.0.0/16 -p'),
      inboundFromAnywhere,
      'remote-tcp-pod:8080-from-203.0.113.50:',
      'direct: app',
    ],
    ['in OUTPUT', reworded('PREROUTING', 'OUTPUT'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['past the exempt ports', targeted('OSM_PROXY_IN_REDIRECT'), exempt, 'remote-tcp(http)-pod:15010', 'redirected: inbound → self'],
    [
      'to the outbound listener',
      targeted('OSM_PROXY_OUT_REDIRECT'),
      inbound,
      'remote-tcp-pod:8080',
      'redirected: outbound → inbound → app',
    ],
  ]),
  ...exemptPort(15010, exempt),
  ...exemptPort(15901, exempt),
  ...exemptPort(15902, exempt),
  ...exemptPort(15903, exempt),
  ...exemptPort(15904, tcpProbe),
  ...faultsOf('OSM_PROXY_INBOUND -p tcp --dport 15010 -j RETURN', [
    ['and the port above', valued('--dport', () => '15010:15011'), exempt, 'remote-tcp-pod:15011', 'direct: app'],
    ['and the port below', valued('--dport', () => '15009:15010'), exempt, 'remote-tcp-pod:15009', 'direct: app'],
  ]),
  ...faultsOf('OSM_PROXY_INBOUND -p tcp --dport 15901 -j RETURN', [
    ['and the port below', valued('--dport', () => '15900:15901'), exempt, 'remote-tcp-pod:15900', 'direct: app'],
  ]),
  ...faultsOf('OSM_PROXY_INBOUND -p tcp --dport 15904 -j RETURN', [
    ['and the port above', valued('--dport', () => '15904:15905'), tcpProbe, 'remote-tcp-pod:15905', 'direct: app'],
  ]),
  ...faultsOf('OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT', [
    ['deleted', deleted, inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['for all but TCP', negated('-p'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    [
      'to the outbound listener',
      targeted('OSM_PROXY_OUT_REDIRECT'),
      inbound,
      'remote-tcp-pod:8080',
      'redirected: outbound → inbound → app',
    ],
    ['ACCEPT', targeted('ACCEPT'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['RETURN', targeted('RETURN'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['before the exempt ports', prepended, exempt, 'remote-tcp(http)-pod:15010', 'redirected: inbound → self'],
  ]),
  ...faultsOf('OSM_PROXY_INBOUND -i * -j RETURN', [
    ['deleted', deleted, excludedInterface, 'remote.net1-tcp-pod.net1:8080', 'redirected: inbound → app'],
    ['the last one lost', lastDeleted, excludedInterfaces, 'remote.net2-tcp-pod.net2:8080', 'redirected: inbound → app'],
    ['on every interface', without('-i'), excludedInterface, 'remote-tcp-pod:8080', 'direct: app'],
    ['on all the others', negated('-i'), excludedInterface, 'remote.net2-tcp-pod.net2:8080', 'direct: app'],
    ['with what begins like it', valued('-i', (name) => `${name}+`), similarInterface, 'remote.net10-tcp-pod.net10:8080', 'direct: app'],
    ['another interface', valued('-i', () => 'net2'), excludedInterface, 'remote.net2-tcp-pod.net2:8080', 'direct: app'],
    ['for UDP', reworded('-i', '-p udp -i'), excludedInterface, 'remote.net1-tcp-pod.net1:8080', 'redirected: inbound → app'],
    [
      'to the inbound listener',
      targeted('OSM_PROXY_IN_REDIRECT'),
      excludedInterface,
      'remote.net1-tcp-pod.net1:8080',
      'redirected: inbound → app',
    ],
    ['behind the capture', appended, excludedInterface, 'remote.net1-tcp-pod.net1:8080', 'redirected: inbound → app'],
  ]),
  ...faultsOf(listed, [
    ['deleted', deleted, inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    ['the last 15 ports lost', lastDeleted, inboundPorts31, 'remote-tcp-pod:9061', 'redirected: inbound → app'],
    ['the last port lost', valued('--dports', lastPortLost), inboundPortsAddUp, 'remote-tcp-pod:9100', 'redirected: inbound → app'],
    ['every port', without('--dports'), inboundPort, 'remote-tcp-pod:5431', 'direct: app'],
    ['all other ports', negated('--dports'), inboundPort, 'remote-tcp-pod:5433', 'direct: app'],
    ['the first port one up', valued('--dports', firstPort(1)), inboundPort, 'remote-tcp-pod:5433', 'direct: app'],
    ['the first port one down', valued('--dports', firstPort(-1)), inboundPort, 'remote-tcp-pod:5431', 'direct: app'],
    ['the last port one up', valued('--dports', lastPort(1)), inboundPortsAddUp, 'remote-tcp-pod:9101', 'direct: app'],
    ['the last port one down', valued('--dports', lastPort(-1)), inboundPortsAddUp, 'remote-tcp-pod:9100', 'redirected: inbound → app'],
    [
      'a range from first to last',
      valued('--dports', (list) => list.replace(/,.*,/, ':')),
      inboundPorts15,
      'remote-tcp-pod:9002',
      'direct: app',
    ],
    ['the source port', reworded('--dports', '--sports'), inboundPortNotSource, 'remote-tcp-pod:8080-from-:5432', 'direct: app'],
    ['the source port, too', reworded('--dports', '--ports'), inboundPortNotSource, 'remote-tcp-pod:8080-from-:5432', 'direct: app'],
    ['for UDP', valued('-p', () => 'udp'), inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    ['on eth0 alone', reworded('-p', '-i eth0 -p'), inboundPortEverywhere, 'remote.net1-tcp-pod.net1:5432', 'redirected: inbound → app'],
    ['for outbound', reworded('OSM_PROXY_INBOUND', 'OSM_PROXY_OUTBOUND'), inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    ['to the inbound listener', targeted('OSM_PROXY_IN_REDIRECT'), inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    ['behind the capture', appended, inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
  ]),
]

/** Faults of one port's exemption. */
function exemptPort(port: number, promise: Promised): Fault[] {
  const flow = `remote-tcp(http)-pod:${port}`
  const captured = 'redirected: inbound → self'
  return faultsOf(`OSM_PROXY_INBOUND -p tcp --dport ${port} -j RETURN`, [
    ['deleted', deleted, promise, flow, captured],
    ['every port', without('--dport'), inbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['all other ports', negated('--dport'), promise, flow, captured],
    ['one port up', valued('--dport', plus(1)), promise, flow, captured],
    ['one port down', valued('--dport', plus(-1)), promise, flow, captured],
    ['the source port', reworded('--dport', '--sport'), promise, flow, captured],
    ['for UDP', valued('-p', () => 'udp'), promise, flow, captured],
    ['for outbound', reworded('OSM_PROXY_INBOUND', 'OSM_PROXY_OUTBOUND'), promise, flow, captured],
    ['to the inbound listener', targeted('OSM_PROXY_IN_REDIRECT'), promise, flow, captured],
    ['behind the capture', movedLast, promise, flow, captured],
  ])
}
