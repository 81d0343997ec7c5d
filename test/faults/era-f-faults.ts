import {
  appended,
  deleted,
  lastPortLost,
  negated,
  plus,
  prefix,
  prepended,
  reworded,
  targeted,
  valued,
} from './edit.ts'
import { type Fault, faultsOf, promised } from './fault.ts'
import {
  exempt,
  hostBits,
  inbound,
  inboundPort,
  inboundPortsAddUp,
  loopback,
  oneAddress,
  outbound,
  outboundPort,
  outboundPortsAddUp,
  proxyGroup,
  proxyUid,
  reservedElsewhere,
} from './promises.ts'

const otherLoopback = promised(
  'loopback-and-self',
  "up to 0.11: the application's calls to other loopback addresses are outbound, the proxy's direct",
)

/** Faults in osm@0.11, a chain of commands whose exclusions are inserted. */
export const eraFFaults: readonly Fault[] = [
  ...faultsOf('PROXY_REDIRECT -p tcp -j REDIRECT --to-port 15001', [
    ['deleted', deleted, outbound, 'app-tcp-203.0.113.10:80', 'direct: peer'],
    [
      'to the inbound listener',
      targeted('REDIRECT', '--to-port', '15003'),
      outbound,
      'app-tcp-203.0.113.10:80',
      'redirected: inbound → app',
    ],
  ]),
  ...faultsOf('PROXY_REDIRECT -p tcp --dport 15000 -j ACCEPT', [
    ['before the capture', prepended, reservedElsewhere, 'app-tcp-203.0.113.10:15000', 'direct: peer'],
  ]),
  ...faultsOf('OUTPUT -p tcp -j PROXY_OUTPUT', [
    ['deleted', deleted, outbound, 'app-tcp-203.0.113.10:80', 'direct: peer'],
  ]),
  ...faultsOf('PROXY_OUTPUT --uid-owner 1500 -j RETURN', [
    ['deleted', deleted, outbound, 'proxy-tcp-203.0.113.10:80', 'looped: outbound → looped'],
    ['everybody but the proxy', negated('--uid-owner'), outbound, 'app-tcp-203.0.113.10:80', 'direct: peer'],
    ['UID 1501', valued('--uid-owner', plus(1)), proxyUid, '1501:1501-tcp-203.0.113.10:80', 'direct: peer'],
    ['GID 1500', reworded('--uid-owner', '--gid-owner'), proxyGroup, '1000:1500-tcp-203.0.113.10:80', 'direct: peer'],
  ]),
  ...faultsOf('PROXY_OUTPUT -d 127.0.0.1/32 -j RETURN', [
    ['deleted', deleted, loopback, 'app-tcp-lo:8080', 'redirected: outbound → app'],
    ['the loopback network', valued('-d', () => '127.0.0.0/8'), otherLoopback, 'app-tcp-127.0.0.2:8080', 'direct: app'],
  ]),
  ...faultsOf('PROXY_OUTPUT -j PROXY_REDIRECT', [
    ['deleted', deleted, outbound, 'app-tcp-203.0.113.10:80', 'direct: peer'],
    ['before every exemption', prepended, outbound, 'proxy-tcp-203.0.113.10:80', 'looped: outbound → looped'],
  ]),
  ...faultsOf('PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003', [
    ['deleted', deleted, inbound, 'remote-tcp-pod:8080', 'direct: app'],
    [
      'to the outbound listener',
      targeted('REDIRECT', '--to-port', '15001'),
      inbound,
      'remote-tcp-pod:8080',
      'redirected: outbound → app',
    ],
  ]),
  ...faultsOf('PREROUTING -p tcp -j PROXY_INBOUND', [
    ['deleted', deleted, inbound, 'remote-tcp-pod:8080', 'direct: app'],
  ]),
  ...[15010, 15901, 15902, 15903].flatMap((port) =>
    faultsOf(`PROXY_INBOUND -p tcp --dport ${port} -j RETURN`, [
      ['deleted', deleted, exempt, `remote-tcp(http)-pod:${port}`, 'redirected: inbound → self'],
    ]),
  ),
  ...faultsOf('PROXY_INBOUND -p tcp -j PROXY_IN_REDIRECT', [
    ['deleted', deleted, inbound, 'remote-tcp-pod:8080', 'direct: app'],
  ]),
  ...faultsOf('PROXY_OUTPUT -d * -j RETURN', [
    ['deleted', deleted, oneAddress, 'app-tcp-1.1.1.1:443', 'redirected: outbound → peer'],
    ['half the range', valued('-d', prefix(1)), hostBits, 'app-tcp-2.2.2.255:443', 'redirected: outbound → peer'],
    ['appended', appended, oneAddress, 'app-tcp-1.1.1.1:443', 'redirected: outbound → peer'],
  ]),
  ...faultsOf('PROXY_OUTPUT -p tcp --dports * -j RETURN', [
    ['deleted', deleted, outboundPort, 'app-tcp-203.0.113.10:6379', 'redirected: outbound → peer'],
    [
      'the last port lost',
      valued('--dports', lastPortLost),
      outboundPortsAddUp,
      'app-tcp-203.0.113.10:9100',
      'redirected: outbound → peer',
    ],
    ['appended', appended, outboundPort, 'app-tcp-203.0.113.10:6379', 'redirected: outbound → peer'],
  ]),
  ...faultsOf('PROXY_INBOUND -p tcp --dports * -j RETURN', [
    ['deleted', deleted, inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    [
      'the last port lost',
      valued('--dports', lastPortLost),
      inboundPortsAddUp,
      'remote-tcp-pod:9100',
      'redirected: inbound → app',
    ],
    ['appended', appended, inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
  ]),
]
