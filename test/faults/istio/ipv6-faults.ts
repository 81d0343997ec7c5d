import { deleted, lastDeleted, negated, plus, prefix, reworded, targeted, valued, without } from '../edit.ts'
import { type Fault, faultsOf } from '../fault.ts'
import {
  dns6,
  dnsInPod,
  excluded6,
  exempt6,
  identities6,
  included6,
  loopback6,
  reroutedRanges,
  transparent6,
  transparentPorts,
  transparentSelf6,
  transparentUid,
} from './promises.ts'

const inDNS = 'ISTIO_OUTPUT -o lo -p tcp ! --dport 53 ! --uid-owner 1337 -j RETURN'
const marksUid = (loopback: string) => `OUTPUT ! -d ${loopback} -p tcp -o lo --uid-owner 1337 -j MARK --set-mark 1338`

/** Faults that IPv6 alone shows, and some that only other configs do. */
export const ipv6Faults: readonly Fault[] = [
  ...faultsOf('ISTIO_OUTPUT -o lo -s ::6/128 -j RETURN', [
    ['deleted', deleted, identities6, 'proxy-tcp-pod:8080-from-::6:', 'looped: inbound → looped'],
    ['everything on lo', without('-s'), identities6, '1337:1000-tcp-pod:8080', 'direct: app'],
    ['to it', reworded('-s', '-d'), identities6, 'proxy-tcp-pod:8080-from-::6:', 'looped: inbound → looped'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -d ::1/128 -j RETURN', [
    ['deleted', deleted, loopback6, 'app-tcp-lo:8080', 'redirected: outbound → app'],
    ['every address', without('-d'), identities6, '1336:1000-tcp-peer:80', 'direct: peer'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -o lo ! -d ::1/128 -p tcp ! --dport 15008 --uid-owner 1337 -j ISTIO_IN_REDIRECT', [
    ['deleted', deleted, identities6, '1337:1000-tcp-pod:8080', 'direct: app'],
    ['::1, too', without('-d'), identities6, '1337:1000-tcp-lo:8080', 'redirected: inbound → app'],
    [
      'GID 1337',
      reworded('--uid-owner', '--gid-owner'),
      identities6,
      '1000:1337-tcp-pod:8080',
      'redirected: inbound → app',
    ],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp --dport 16020 -j RETURN', [
    ['deleted', deleted, exempt6, 'remote-tcp(http)-pod:16020', 'redirected: inbound → self'],
    ['the next port', valued('--dport', plus(1)), exempt6, 'remote-tcp-pod:16021', 'direct: app'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -d * -j RETURN', [
    ['IPv6: the last one lost', lastDeleted, excluded6, 'app-tcp-[fd00:99::1]:80', 'redirected: outbound → peer'],
    ['IPv6: twice as large', valued('-d', prefix(-1)), excluded6, 'app-tcp-[2001:db8::10]:9091', 'direct: peer'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -d * -j ISTIO_REDIRECT', [
    ['IPv6: the last one lost', lastDeleted, included6, 'app-tcp-[fd00:99::1]:80', 'direct: peer'],
  ]),
  {
    rule: 'ISTIO_OUTPUT_DNS -p udp --dport 53 -d fd00:96::10/128 -j CT --zone 2',
    fault: "the proxy's zone",
    edit: targeted('CT', '--zone', '1'),
    promised: dns6,
    after: 'proxy-udp-[fd00:96::10]:53-from-:25401',
    flow: 'app-udp-[fd00:96::10]:53-from-:25401',
    becomes: 'direct: peer',
  },
  ...faultsOf(inDNS, [
    ['deleted', deleted, dnsInPod, '1000:1337-tcp-pod:54', 'redirected: inbound → app'],
    ['deleted, IPv6', deleted, dns6, '1000:1337-tcp-pod:54', 'redirected: inbound → app'],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp -s ::6/128 -i lo -j RETURN', [
    ['deleted', deleted, transparentSelf6, 'proxy-tcp-pod:8080-from-::6:', 'redirected: inbound → app'],
    ['on all but lo', negated('-i'), transparentSelf6, 'proxy-tcp-pod:8080-from-::6:', 'redirected: inbound → app'],
  ]),
  ...faultsOf(marksUid('::1/128'), [
    [
      'UID 1338',
      valued('--uid-owner', plus(1)),
      transparentSelf6,
      '1338:1000-tcp-pod:8080',
      'redirected: inbound → app',
    ],
  ]),
  ...faultsOf(marksUid('127.0.0.1/32'), [
    ['UID 1338', valued('--uid-owner', plus(1)), transparentUid, '1338:1000-tcp-pod:8080', 'redirected: inbound → app'],
  ]),
  ...faultsOf('ISTIO_TPROXY ! -d ::1/128 -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006', [
    ['deleted', deleted, transparent6, 'remote-tcp-pod:8080', 'direct: app'],
  ]),
  ...faultsOf('ISTIO_INBOUND -p tcp --dport * --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT', [
    ['deleted', deleted, transparentPorts, 'app-tcp-203.0.113.10:81-from-:7171', 'dropped: dropped'],
  ]),
  ...faultsOf('PREROUTING -i br0 -j RETURN', [
    ['deleted', deleted, reroutedRanges, 'app.inner-tcp-198.17.255.255:80', 'redirected: inbound → refused'],
  ]),
]
