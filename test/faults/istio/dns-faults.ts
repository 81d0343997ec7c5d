import { deleted, negated, plus, reworded, targeted, valued, without } from '../edit.ts'
import { type Fault, faultsOf } from '../fault.ts'
import {
  dns,
  dnsDown,
  dnsElsewhere,
  dnsInPod,
  dnsOnLoopback,
  dnsPortOfApp,
  dnsPortOfProxy,
  dnsRangeExcluded,
} from './promises.ts'

const udp = 'app-udp-10.96.0.10:53'
const tcp = 'app-tcp-10.96.0.10:53'
const elsewhere = '203.0.113.53:53'
const toListener = (protocol: string, option: string) =>
  `ISTIO_OUTPUT_DNS -p ${protocol} --dport 53 -d 10.96.0.10/32 -j REDIRECT ${option} 15053`
const within = (owner: string) => `ISTIO_OUTPUT -o lo -p tcp ! --dport 53 ! ${owner} 1337 -j RETURN`
const proxyQueries = 'ISTIO_OUTPUT_DNS -p udp --dport 53 --uid-owner 1337 -j CT --zone 1'
const queries = 'ISTIO_OUTPUT_DNS -p udp --dport 53 -d 10.96.0.10/32 -j CT --zone 2'

/** The second of two flows by one source port, whose zone alone tells them apart. */
const proxyFirst = {
  promised: dnsPortOfProxy,
  after: 'proxy-udp-10.96.0.10:53-from-:25301',
  flow: 'app-udp-10.96.0.10:53-from-:25301',
  becomes: 'direct: peer',
}
const appFirst = {
  promised: dnsPortOfApp,
  after: 'app-udp-10.96.0.10:53-from-:25302',
  flow: 'proxy-udp-10.96.0.10:53-from-:25302',
  becomes: 'redirected: dns → peer',
}

/** Faults in what istio@1.31 adds to capture DNS. */
export const dnsFaults: readonly Fault[] = [
  ...faultsOf('ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -p tcp ! --dports 53,15008 --uid-owner 1337 -j ISTIO_IN_REDIRECT', [
    ['deleted', deleted, dnsInPod, 'proxy-tcp-pod:54', 'direct: app'],
    ['whoever calls', without('--uid-owner'), dnsInPod, 'app-tcp-pod:54', 'redirected: inbound → app'],
    [
      'port 53, too',
      valued('--dports', () => '15008'),
      dnsOnLoopback,
      'proxy-tcp-127.0.0.53:53',
      'redirected: inbound → app',
    ],
  ]),
  ...faultsOf(within('--uid-owner'), [
    ['port 53, too', without('--dport'), dnsInPod, '1000:1337-tcp-pod:53', 'direct: app'],
    ['port 53 alone', negated('--dport'), dnsInPod, 'app-tcp-pod:53', 'direct: app'],
  ]),
  ...faultsOf(within('--gid-owner'), [
    ['port 53, too', without('--dport'), dnsOnLoopback, 'app-tcp-127.0.0.53:53', 'direct: app'],
    ['port 53 alone', negated('--dport'), dnsInPod, 'app-tcp-pod:53', 'direct: app'],
  ]),
  ...faultsOf('ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS', [
    ['deleted', deleted, dns, udp, 'direct: peer'],
    ['for TCP alone', reworded('-j', '-p tcp -j'), dns, udp, 'direct: peer'],
    ['for UDP alone', reworded('-j', '-p udp -j'), dns, tcp, 'redirected: outbound → peer'],
  ]),
  ...faultsOf('OUTPUT -j ISTIO_OUTPUT', [['for TCP alone', reworded('-j', '-p tcp -j'), dns, udp, 'direct: peer']]),
  ...faultsOf(toListener('tcp', '--to-ports'), [
    ['deleted', deleted, dns, tcp, 'redirected: outbound → peer'],
    ['the next port', valued('--dport', plus(1)), dns, 'app-tcp-10.96.0.10:54', 'redirected: dns → peer'],
    ['any server', without('-d'), dnsElsewhere, `app-tcp-${elsewhere}`, 'redirected: dns → peer'],
    ['to a port that nobody has', targeted('REDIRECT', '--to-ports', '15054'), dns, tcp, 'refused: refused'],
    ['RETURN', targeted('RETURN'), dnsRangeExcluded, tcp, 'direct: peer'],
  ]),
  ...faultsOf(toListener('udp', '--to-port'), [
    ['deleted', deleted, dns, udp, 'direct: peer'],
    ['the next port', valued('--dport', plus(1)), dns, 'app-udp-10.96.0.10:54', 'redirected: dns → peer'],
    ['any server', without('-d'), dnsElsewhere, `app-udp-${elsewhere}`, 'redirected: dns → peer'],
    [
      'its whole network',
      valued('-d', () => '10.96.0.0/16'),
      dnsElsewhere,
      'app-udp-10.96.0.11:53',
      'redirected: dns → peer',
    ],
    ['to a port that nobody has', targeted('REDIRECT', '--to-ports', '15054'), dns, udp, 'dropped: dropped'],
    ['RETURN', targeted('RETURN'), dns, 'root-udp-10.96.0.10:53', 'direct: peer'],
  ]),
  ...faultsOf('OUTPUT -j ISTIO_OUTPUT_DNS', [['deleted', deleted, dnsDown, udp, 'refused: refused']]),
  ...faultsOf(queries, [['deleted', deleted, dnsDown, udp, 'refused: refused']]),
  { rule: 'OUTPUT -j ISTIO_OUTPUT_DNS', fault: 'deleted, the proxy first', edit: deleted, ...proxyFirst },
  { rule: 'OUTPUT -j ISTIO_OUTPUT_DNS', fault: 'deleted, the proxy last', edit: deleted, ...appFirst },
  { rule: proxyQueries, fault: "the applications' zone", edit: targeted('CT', '--zone', '2'), ...proxyFirst },
  {
    rule: proxyQueries,
    fault: "the applications' zone, the proxy last",
    edit: targeted('CT', '--zone', '2'),
    ...appFirst,
  },
  { rule: queries, fault: "the proxy's zone", edit: targeted('CT', '--zone', '1'), ...proxyFirst },
  {
    rule: 'ISTIO_INBOUND -p udp --sport 53 -s 10.96.0.10/32 -j CT --zone 1',
    fault: "the applications' zone",
    edit: targeted('CT', '--zone', '2'),
    ...proxyFirst,
  },
]
