import t from 'tap'
import { worldOf } from '../../harness/classes/space/world.ts'
import type { CapturedListener } from '../../harness/flow/captured-pod.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import { emptyRuleset } from '../../harness/netfilter/ruleset.ts'
import { makeLink } from '../../harness/run/plan/make-link.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { planWitnesses } from '../../harness/run/witnesses/plan-witnesses.ts'
import { listenerNotes, listeningAt } from '../../harness/run/plan/captured-listeners.ts'
import { shownSocket } from '../../harness/source/capture/around/listener-line.ts'
import type { ShownSocket } from '../../harness/source/capture/around/shown.ts'

const own = ['10.244.0.5', 'fd00:10::5']
const tcp = (address: string, port: number, more: Partial<CapturedListener> = {}): CapturedListener => ({
  protocol: 'tcp',
  address,
  port,
  ...more,
})
const at = (...listeners: readonly CapturedListener[]) =>
  Object.fromEntries(
    Object.entries(listeningAt(listeners, own) ?? {}).map(([protocol, sockets]) => [
      protocol,
      sockets.map(({ address, port, credentials: { uid } }) => `${address} ${port} ${uid}`),
    ]),
  )

t.test('where applications listen follows from the sockets that are shown, and from no other', async (t) => {
  t.equal(listeningAt(undefined, own), undefined)
  t.equal(listeningAt([], own), undefined)
  t.same(at(tcp('*', 80), tcp('::', 81), tcp('0.0.0.0', 82)), { tcp: [':: 80 1000', ':: 81 1000', '0.0.0.0 82 1000'] })
  t.same(at(tcp('127.0.0.1', 80), tcp('10.244.0.5', 81), tcp('10.9.9.9', 82)), {
    tcp: ['127.0.0.1 80 1000', '10.244.0.5 81 1000'],
  })
  t.same(
    at(tcp('0.0.0.0', 80), tcp('::', 80, { uid: 5 }), tcp('127.0.0.1', 80)),
    { tcp: ['0.0.0.0 80 1000', '::1 80 5', 'fd00:10::5 80 5'] },
    'beside a socket of IPv4, one on :: is of IPv6 alone',
  )
  t.same(at(tcp('::', 80, { isIPv6Alone: true })), { tcp: ['::1 80 1000', 'fd00:10::5 80 1000'] })
  t.same(at(tcp('*', 80), tcp('*', 80), tcp('::1', 80)), { tcp: [':: 80 1000'] }, 'several of one program')
  t.same(at({ ...tcp('0.0.0.0', 53), protocol: 'udp', uid: 0 }), { udp: ['0.0.0.0 53 0'] })
})

t.test('the first lines say who listens, and what is assumed of whom nothing is shown', async (t) => {
  const proxy = { listeners: [{ protocol: 'tcp', port: 15_001 }] } as never
  t.same(listenerNotes(undefined, proxy), [])
  t.same(listenerNotes([tcp('*', 15_001), tcp('127.0.0.1', 80), tcp('::1', 80)], proxy), [
    'listening, as the capture shows: TCP 80 on 127.0.0.1 and ::1, 15001',
    'assumed: somebody listens on every port of UDP, since the capture shows no such socket',
  ])
  const many = Array.from({ length: 10 }, (_, index) => tcp('*', 80 + index))
  t.same(listenerNotes([...many, { ...tcp('*', 53), protocol: 'udp' }], proxy), [
    'listening, as the capture shows: TCP 80, 81, 82, 83, 84, 85, 86, 87 and 2 more; UDP 53',
    'assumed: the proxy listens on 15001, where nobody did when this was captured',
  ])
})

t.test('ss -e and netstat -e tell as whom a program listens, and ss whether of IPv6 alone', async (t) => {
  const shown = (line: string) => (shownSocket(line) as ShownSocket).listener
  t.match(shown('tcp LISTEN 0 9 *:80 *:* users:(("a",pid=1,fd=1)) uid:7 ino:1 sk:1 <->'), { uid: 7, address: '*' })
  t.match(shown('LISTEN 0 9 [::]:80 [::]:* ino:1 sk:1 v6only:1 <->'), { uid: 0, isIPv6Alone: true })
  t.match(shown('tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 101 4711 8/nginx'), { uid: 101, program: 'nginx' })
  for (const line of ['tcp LISTEN 0 9 :::80 :::* users:(("a",pid=1,fd=1))', 'tcp 0 0 :::80 :::* LISTEN 8/nginx'])
    t.notMatch(Object.keys(shown(line)).join(), /uid|isIPv6Alone/, line)
})

t.test('flows that nobody has planned meet the same sockets', async (t) => {
  const around = {
    links: [makeLink('eth0', 0)],
    listeners: [tcp('0.0.0.0', 80), tcp('*', 15_001), tcp('127.0.0.1', 81)],
  }
  const profile = findMesh('istio').profile('1.17', { config: {}, podAnnotations: {}, podIPs: [] })
  const { pod } = planWitnesses({
    flows: [],
    worlds: [[]],
    profile,
    backend: 'nft' as const,
    addresses: new PodAddresses(around),
  })
  const { stack } = worldOf({ ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6') }, pod)
  const who = (protocol: 'tcp' | 'udp', address: string, port: number) =>
    stack.socketAt(protocol, { address, port })?.at
  t.same(
    [
      who('tcp', '10.244.0.5', 80),
      who('tcp', 'fd00:10::5', 80),
      who('tcp', '10.244.0.5', 81),
      who('tcp', '127.0.0.1', 81),
    ],
    ['app', undefined, undefined, 'app'],
  )
  t.same([who('tcp', '10.244.0.5', 82), who('tcp', '10.244.0.5', 15_001)], [undefined, 'outbound'])
  t.equal(who('udp', '10.244.0.5', 82), 'app', 'of UDP nothing is known')
})
