import { deleted, movedLast, negated, plus, prepended, reworded, targeted, valued, without } from '../edit.ts'
import { type Fault, faultsOf } from '../fault.ts'
import { exempt, inbound, inboundEverywhere, ownAddress, reserved, selfCall, tunnel } from './promises.ts'

const toApplication = 'remote-tcp-pod:8080'

/** Faults in what istio@1.31 says about connections that come to the pod. */
export const inboundFaults: readonly Fault[] = [
  ...faultsOf('PREROUTING -p tcp -j ISTIO_INBOUND', [
    ['deleted', deleted, inbound, toApplication, 'direct: app'],
    ['for all but TCP', negated('-p'), inbound, toApplication, 'direct: app'],
    ['for UDP', valued('-p', () => 'udp'), inbound, toApplication, 'direct: app'],
    ['on eth0 alone', reworded('-p', '-i eth0 -p'), inboundEverywhere, 'remote.net1-tcp-pod.net1:8080', 'direct: app'],
    [
      'past the exemptions',
      targeted('ISTIO_IN_REDIRECT'),
      exempt,
      'remote-tcp(http)-pod:15020',
      'redirected: inbound → self',
    ],
    [
      'to the outbound listener',
      targeted('ISTIO_REDIRECT'),
      inbound,
      toApplication,
      'redirected: outbound → inbound → app',
    ],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp --dport 15008 -j RETURN', [
    ['deleted', deleted, tunnel, 'remote-tcp(http)-pod:15008', 'redirected: inbound → self'],
    ['all but this port', negated('--dport'), inbound, toApplication, 'direct: app'],
    ['the next port', valued('--dport', plus(1)), tunnel, 'remote-tcp(http)-pod:15008', 'redirected: inbound → self'],
    ['every port', without('--dport'), inbound, toApplication, 'direct: app'],
    ['for UDP', valued('-p', () => 'udp'), tunnel, 'remote-tcp(http)-pod:15008', 'redirected: inbound → self'],
    ['captured', targeted('ISTIO_IN_REDIRECT'), tunnel, 'remote-tcp(http)-pod:15008', 'redirected: inbound → self'],
  ]),
  ...[15090, 15021, 15020].flatMap((port) =>
    faultsOf(`ISTIO_INBOUND -p tcp --dport ${port} -j RETURN`, [
      ['deleted', deleted, exempt, `remote-tcp(http)-pod:${port}`, 'redirected: inbound → self'],
      ['for UDP', valued('-p', () => 'udp'), exempt, `remote-tcp(http)-pod:${port}`, 'redirected: inbound → self'],
      [
        'another port',
        valued('--dport', plus(-1)),
        exempt,
        `remote-tcp(http)-pod:${port}`,
        'redirected: inbound → self',
      ],
      ['every port', without('--dport'), inbound, toApplication, 'direct: app'],
      ['captured', targeted('ISTIO_IN_REDIRECT'), exempt, `remote-tcp(http)-pod:${port}`, 'redirected: inbound → self'],
      ['behind the capture', movedLast, exempt, `remote-tcp(http)-pod:${port}`, 'redirected: inbound → self'],
    ]),
  ),
  ...faultsOf('ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT', [
    ['deleted', deleted, inbound, toApplication, 'direct: app'],
    ['for UDP', valued('-p', () => 'udp'), inbound, toApplication, 'direct: app'],
    [
      'to the outbound listener',
      targeted('ISTIO_REDIRECT'),
      inbound,
      toApplication,
      'redirected: outbound → inbound → app',
    ],
    ['RETURN', targeted('RETURN'), inbound, toApplication, 'direct: app'],
    ['before the exemptions', prepended, exempt, 'remote-tcp(http)-pod:15021', 'redirected: inbound → self'],
  ]),
  ...faultsOf('ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006', [
    ['deleted', deleted, inbound, toApplication, 'direct: app'],
    ['for UDP', valued('-p', () => 'udp'), inbound, toApplication, 'direct: app'],
    [
      'to the outbound listener',
      targeted('REDIRECT', '--to-ports', '15001'),
      inbound,
      toApplication,
      'looped: outbound → looped',
    ],
    [
      'to a port that nobody has',
      targeted('REDIRECT', '--to-ports', '15007'),
      inbound,
      toApplication,
      'refused: refused',
    ],
    ['to the same port', targeted('REDIRECT'), reserved, 'remote-tcp-pod:15001', 'direct: outbound → self'],
    ['ACCEPT', targeted('ACCEPT'), selfCall, 'app-tcp-10.96.0.10:80', 'redirected: outbound → app'],
    ['RETURN', targeted('RETURN'), ownAddress, 'proxy-tcp-pod:8080', 'direct: app'],
  ]),
]
