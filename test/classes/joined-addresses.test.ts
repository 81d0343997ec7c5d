import t from 'tap'
import type { Frame } from '../../harness/classes/boxes/frame.ts'
import type { World } from '../../harness/classes/space/world.ts'
import { type Family, familyOf } from '../../harness/core/address.ts'
import type { Listener } from '../../harness/flow/listener.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import { addressNumber } from '../../harness/netfilter/wide-values.ts'
import type { Case } from '../model/pod.ts'
import { worldIn } from './strays.ts'

/** A pod with eth0, net1 and a bridge. */
const world = (rule: string, more: Partial<Case> = {}, family: Family = 'ipv4'): World =>
  worldIn({
    inner: true,
    rules: [{ form: 'restore', family, payload: `*nat\n-A ${rule}\nCOMMIT\n` }],
    flows: [],
    ...more,
  })

const own: Pick<Frame, 'origin'> = { origin: { kind: 'pod' } }
const plain = 'OUTPUT -p tcp -j REDIRECT --to-ports 15001'

function like(role: 'sources' | 'destinations', one: string, { distinctions }: World, from: Partial<Frame> = own) {
  const family = familyOf(one) ?? 'ipv4'
  const frame: Frame = { family, protocol: 'tcp', ...own, ...from }
  const set = distinctions[family][`${role}Like`](addressNumber(one), frame)
  return (other: string): boolean => set.contains(addressNumber(other))
}

t.test('a flow may come from any interface of the pod, or from any loopback address', async (t) => {
  const rules = world(plain)
  const [isOwn, isLoopback] = ['10.244.0.5', '127.0.0.1'].map((address) => like('sources', address, rules))
  t.ok(isOwn?.('10.245.0.5'))
  for (const other of [rules.stack.pod.inner?.bridgeAddress ?? '', '127.0.0.1', '10.244.0.6', '203.0.113.10'])
    t.notOk(isOwn?.(other), `no peer knows ${other}, or it is not the pod's`)
  t.ok(isLoopback?.('127.0.0.77'))
  t.notOk(isLoopback?.('127.255.255.255'))
  t.ok(like('sources', 'fd00:10::5', world(plain, {}, 'ipv6'))('fd00:11::5'))
})

t.test('it may go to any of them, or to whoever is reached by the first one', async (t) => {
  const rules = world(plain)
  const [isOwn, isFar] = ['10.244.0.5', '203.0.113.10'].map((address) => like('destinations', address, rules))
  t.ok(isOwn?.('10.245.0.5'))
  t.notOk(isOwn?.(rules.stack.pod.inner?.bridgeAddress ?? ''), 'nobody has a datagram socket there')
  for (const other of ['10.244.0.1', '10.244.0.99', '8.8.8.8']) t.ok(isFar?.(other), other)
  for (const other of ['10.244.0.5', '10.244.0.255', '10.245.0.99', '127.0.0.1', '224.0.0.1'])
    t.notOk(isFar?.(other), `${other} is the pod's, for all, or elsewhere`)
  const ipv6 = world(plain, {}, 'ipv6')
  t.notOk(like('destinations', 'fd00:10::5', ipv6)('fd00:11::5'), 'answers to ::1 go by one of them alone')
  t.ok(like('destinations', 'fd00:10::99', ipv6)('2001:db8::10'))
})

t.test('what rules or the pod may tell apart is apart', async (t) => {
  const areApart = (name: string, rules: World, from?: Partial<Frame>): void => {
    t.notOk(like('sources', '10.244.0.5', rules, from)('10.245.0.5'), `${name}: sources`)
    t.notOk(like('destinations', '10.244.0.5', rules, from)('10.245.0.5'), `${name}: destinations`)
    t.notOk(like('destinations', '10.244.0.99', rules, from)('203.0.113.10'), `${name}: by eth0`)
  }
  areApart('from a peer', world(plain), { origin: { kind: 'peer', interface: 'eth0' } })
  areApart('from a bound socket', world(plain), { boundTo: 'net1' })
  for (const rule of [
    'POSTROUTING -j MASQUERADE',
    'POSTROUTING -j SNAT --to-source 10.244.0.5',
    'OUTPUT -p tcp -j DNAT --to-destination 10.245.0.5',
    'OUTPUT -d 10.245.0.0/24 -j NETMAP --to 10.244.0.0/24',
    'OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT',
    'PREROUTING -m addrtype --dst-type LOCAL --limit-iface-in -j ACCEPT',
  ])
    areApart(rule, world(rule))
})

t.test('a route to the network of the first interface has that alone', async (t) => {
  const route = { family: 'ipv4', table: 133, destination: '10.244.0.0/24', type: 'local', dev: 'lo' } as const
  const isFar = like('destinations', '203.0.113.10', world(plain, { routing: { rules: [], routes: [route] } }))
  t.notOk(isFar('10.244.0.99'))
  const whole = { ...route, destination: '0.0.0.0/0' }
  const isStillFar = like('destinations', '203.0.113.10', world(plain, { routing: { rules: [], routes: [whole] } }))
  t.ok(isStillFar('10.244.0.99'), 'what leads everywhere tells nobody apart')
})

t.test('an address at which somebody listens alone is no destination like another', async (t) => {
  const osm = findMesh('osm').profile('1.2')
  const listener: Listener = { name: 'own', port: 9999, protocol: 'tcp', on: '10.245.0.5', speaks: 'http' }
  const rules = world(plain, { profile: { ...osm, listeners: [...osm.listeners, listener] } })
  t.notOk(like('destinations', '10.244.0.5', rules)('10.245.0.5'))
  t.ok(like('sources', '10.244.0.5', rules)('10.245.0.5'))
})
