import { deleted, lastDeleted, movedLast, negated, plus, prefix, reworded, targeted, valued } from '../edit.ts'
import { type Fault, faultsOf } from '../fault.ts'
import {
  excludedInterface,
  excludedRanges,
  exclusionBeatsInclusion,
  groupsExcluded,
  groupsIncluded,
  inboundPorts,
  includedInbound,
  includedPorts,
  includedRanges,
  outboundPorts,
  precedence,
  rerouted,
  reroutedRange,
  transparent,
  transparentExempt,
  transparentInterface,
  transparentSelf,
  transparentService,
} from './promises.ts'

/** Faults in the lists of istio@1.31, and in what TPROXY adds. */
export const listFaults: readonly Fault[] = [
  ...faultsOf('ISTIO_OUTPUT -p tcp --dport 6379 -j RETURN', [
    ['deleted', deleted, outboundPorts, 'app-tcp-203.0.113.10:6379', 'redirected: outbound → peer'],
    ['the next port', valued('--dport', plus(1)), outboundPorts, 'app-tcp-203.0.113.10:6380', 'direct: peer'],
    ['the port before', valued('--dport', plus(-1)), outboundPorts, 'app-tcp-203.0.113.10:6378', 'direct: peer'],
    ['for UDP', valued('-p', () => 'udp'), outboundPorts, 'app-tcp-203.0.113.10:6379', 'redirected: outbound → peer'],
    [
      'by source port',
      reworded('--dport', '--sport'),
      outboundPorts,
      'root-tcp-203.0.113.10:6379',
      'redirected: outbound → peer',
    ],
    ['captured', targeted('ISTIO_REDIRECT'), outboundPorts, 'proxy-tcp-203.0.113.10:6379', 'looped: outbound → looped'],
    ['behind the capture', movedLast, precedence, 'app-tcp-203.0.113.10:6379', 'redirected: outbound → peer'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -p tcp --dport 7070 -j RETURN', [
    ['lost', deleted, outboundPorts, 'app-tcp-203.0.113.10:7070', 'redirected: outbound → peer'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -p tcp --dport * -j ISTIO_REDIRECT', [
    ['deleted', deleted, includedPorts, 'app-tcp-203.0.113.10:6379', 'direct: peer'],
    ['the last one lost', lastDeleted, includedPorts, 'app-tcp-198.51.100.10:7070', 'direct: peer'],
    [
      'the next port',
      valued('--dport', plus(1)),
      includedPorts,
      'app-tcp-203.0.113.10:6380',
      'redirected: outbound → peer',
    ],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp --dport 5432 -j RETURN', [
    ['deleted', deleted, inboundPorts, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
    ['the next port', valued('--dport', plus(1)), inboundPorts, 'remote-tcp-pod:5433', 'direct: app'],
    ['behind the capture', movedLast, inboundPorts, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp --dport * -j ISTIO_IN_REDIRECT', [
    ['deleted', deleted, includedInbound, 'remote-tcp-pod:8080', 'direct: app'],
    ['the last one lost', lastDeleted, includedInbound, 'remote-tcp-pod:9090', 'direct: app'],
    ['the next port', valued('--dport', plus(1)), includedInbound, 'remote-tcp-pod:8081', 'redirected: inbound → app'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -d * -j RETURN', [
    ['deleted', deleted, excludedRanges, 'app-tcp-198.51.100.0:80', 'redirected: outbound → peer'],
    ['the last one lost', lastDeleted, excludedRanges, 'app-tcp-203.0.113.64:80', 'redirected: outbound → peer'],
    [
      'half as large',
      valued('-d', prefix(1)),
      excludedRanges,
      'app-tcp-198.51.100.255:80',
      'redirected: outbound → peer',
    ],
    ['twice as large', valued('-d', prefix(-1)), excludedRanges, 'app-tcp-198.51.101.0:80', 'direct: peer'],
    ['all others', negated('-d'), excludedRanges, 'app-tcp-203.0.113.128:80', 'direct: peer'],
    ['by source', reworded('-d', '-s'), excludedRanges, 'root-tcp-198.51.100.10:80', 'redirected: outbound → peer'],
    [
      'behind the included ones',
      movedLast,
      exclusionBeatsInclusion,
      'app-tcp-203.0.113.10:80',
      'redirected: outbound → peer',
    ],
  ]),
  ...faultsOf('ISTIO_OUTPUT -d * -j ISTIO_REDIRECT', [
    ['deleted', deleted, includedRanges, 'app-tcp-203.0.113.0:80', 'direct: peer'],
    ['the last one lost', lastDeleted, includedRanges, 'app-tcp-198.51.100.64:80', 'direct: peer'],
    ['half as large', valued('-d', prefix(1)), includedRanges, 'app-tcp-203.0.113.127:80', 'direct: peer'],
    [
      'twice as large',
      valued('-d', prefix(-1)),
      includedRanges,
      'app-tcp-203.0.113.128:80',
      'redirected: outbound → peer',
    ],
    ['all others', negated('-d'), includedRanges, 'app-tcp-10.96.0.1:443', 'redirected: outbound → peer'],
  ]),
  ...faultsOf('PREROUTING -i net1 -j RETURN', [
    ['deleted', deleted, excludedInterface, 'remote.net1-tcp-pod.net1:8080', 'redirected: inbound → app'],
    [
      'another interface',
      valued('-i', () => 'net2'),
      excludedInterface,
      'remote.net2-tcp-pod.net2:8080',
      'direct: app',
    ],
    ['all others', negated('-i'), excludedInterface, 'remote-tcp-pod:8080', 'direct: app'],
    ['behind the capture', movedLast, excludedInterface, 'remote.net1-tcp-pod.net1:8080', 'redirected: inbound → app'],
  ]),
  ...faultsOf('OUTPUT -o net1 -j RETURN', [
    ['deleted', deleted, excludedInterface, 'app-tcp-peer.net1:80', 'redirected: outbound → peer'],
    ['another interface', valued('-o', () => 'net2'), excludedInterface, 'app-tcp-peer.net2:80', 'direct: peer'],
    ['all others', negated('-o'), excludedInterface, 'app-tcp-203.0.113.10:80', 'direct: peer'],
    ['behind the capture', movedLast, excludedInterface, 'app-tcp-peer.net1:80', 'redirected: outbound → peer'],
  ]),
  ...faultsOf('PREROUTING -i br0 -j ISTIO_REDIRECT', [
    ['deleted', deleted, rerouted, 'app.inner-tcp-203.0.113.10:80', 'direct: peer'],
    ['RETURN', targeted('RETURN'), rerouted, 'app.inner-tcp-203.0.113.10:80', 'direct: peer'],
    [
      'to the inbound listener',
      targeted('ISTIO_IN_REDIRECT'),
      rerouted,
      'app.inner-tcp-203.0.113.10:80',
      'redirected: inbound → refused',
    ],
    [
      'behind the other rules',
      reworded('-I PREROUTING 1', '-A PREROUTING'),
      rerouted,
      'app.inner-tcp-203.0.113.10:80',
      'direct: peer',
    ],
  ]),
  ...faultsOf('PREROUTING -i br0 -d 203.0.113.0/24 -j ISTIO_REDIRECT', [
    ['deleted', deleted, reroutedRange, 'app.inner-tcp-203.0.113.10:80', 'direct: peer'],
  ]),
  ...faultsOf('ISTIO_OUTPUT ! --gid-owner 2001 ! --gid-owner 2003 -j RETURN', [
    ['deleted', deleted, groupsIncluded, 'app-tcp-203.0.113.10:80', 'redirected: outbound → peer'],
    [
      'the last one lost',
      reworded(' -m owner ! --gid-owner 2003', ''),
      groupsIncluded,
      '1000:2003-tcp-203.0.113.10:80',
      'direct: peer',
    ],
    [
      'the other way',
      reworded('! --gid-owner 2001', '--gid-owner 2001'),
      groupsIncluded,
      '1000:2001-tcp-203.0.113.10:80',
      'direct: peer',
    ],
  ]),
  ...faultsOf('ISTIO_OUTPUT --gid-owner 2001 -j RETURN', [
    ['deleted', deleted, groupsExcluded, '1000:2001-tcp-203.0.113.10:80', 'redirected: outbound → peer'],
    ['the next group', valued('--gid-owner', plus(1)), groupsExcluded, '1000:2002-tcp-203.0.113.10:80', 'direct: peer'],
    [
      'any group',
      reworded('--gid-owner 2001', '--gid-owner 2001 --suppl-groups'),
      groupsExcluded,
      '1000:1000+2001-tcp-203.0.113.10:80',
      'direct: peer',
    ],
  ]),
  ...faultsOf('ISTIO_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006', [
    ['deleted', deleted, transparent, 'remote-tcp-pod:8080', 'direct: app'],
    [
      'to the outbound listener',
      reworded('--on-port 15006', '--on-port 15001'),
      transparent,
      'remote-tcp-pod:8080',
      'dropped: dropped',
    ],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp -j ISTIO_TPROXY', [
    ['deleted', deleted, transparent, 'remote-tcp-pod:8080', 'direct: app'],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp -s 127.0.0.6/32 -i lo -j RETURN', [
    ['deleted', deleted, transparentSelf, 'proxy-tcp-pod:8080-from-127.0.0.6:', 'redirected: inbound → app'],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp -i lo ! --mark 1338 -j RETURN', [
    ['deleted', deleted, transparentSelf, 'app-tcp-pod:8080', 'redirected: inbound → app'],
    ['another mark', reworded('1338', '1339'), transparentSelf, 'proxy-tcp-pod:8080', 'direct: app'],
  ]),
  ...faultsOf('OUTPUT ! -d 127.0.0.1/32 -p tcp -o lo --gid-owner 1337 -j MARK --set-mark 1338', [
    ['deleted', deleted, transparentService, 'app-tcp-10.96.0.10:80', 'redirected: outbound → app'],
    [
      'another mark',
      targeted('MARK', '--set-mark', '1339'),
      transparentService,
      'app-tcp-10.96.0.10:80',
      'redirected: outbound → app',
    ],
  ]),
  ...faultsOf('OUTPUT -p tcp --mark 1337 -j CONNMARK --restore-mark', [
    ['deleted', deleted, transparent, 'remote-tcp-pod:8080', 'redirected: inbound → dropped'],
  ]),
  ...faultsOf('PREROUTING -p tcp --mark 1337 -j CONNMARK --save-mark', [
    ['deleted', deleted, transparent, 'remote-tcp-pod:8080', 'redirected: inbound → dropped'],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp --dport 15020 -j RETURN', [
    ['deleted, TPROXY', deleted, transparentExempt, 'remote-tcp(http)-pod:15020', 'redirected: inbound → self'],
  ]),
  ...faultsOf('PREROUTING -i net1 -j RETURN', [
    [
      'deleted, TPROXY',
      deleted,
      transparentInterface,
      'remote.net1-tcp-pod.net1:8080',
      'redirected: inbound → dropped',
    ],
  ]),
]
