import t from 'tap'
import { spaceOf } from '../../../harness/classes/space/space.ts'
import { worldOf } from '../../../harness/classes/space/world.ts'
import { findMesh } from '../../../harness/mesh/index.ts'
import { addressNumber } from '../../../harness/netfilter/wide-values.ts'
import { rulesetsOf } from '../../../harness/repro/examine/rulesets.ts'
import { plainSpace } from '../../../harness/repro/examine/plain-space.ts'
import { addressesOfRules } from '../../../harness/run/witnesses/addresses-of-rules.ts'
import { planWitnesses } from '../../../harness/run/witnesses/plan-witnesses.ts'
import { payload } from '../../sandbox/literal-pod.ts'

function partsOf(family: 'ipv4' | 'ipv6', ...nat: string[]) {
  const rulesets = rulesetsOf([{ form: 'restore', family, payload: payload({ nat }) }], 'nft')
  const { addresses } = addressesOfRules(Object.values(rulesets))
  const profile = findMesh('istio').profile('1.31')
  const { pod } = planWitnesses({ flows: [], worlds: [[]], profile, addresses, backend: 'nft' })
  const world = worldOf(rulesets, pod)
  return plainSpace(spaceOf([world], { families: [family] }), world)
}

t.test('what comes from nowhere in particular, but for addresses that rules name', async (t) => {
  const parts = partsOf('ipv4', '-A OUTPUT -s 127.0.0.6/32 -o lo -j RETURN', '-A OUTPUT -p tcp --dport 15020 -j RETURN')
  const tcp = parts.filter(({ box: { frame } }) => frame.protocol === 'tcp' && frame.origin.kind === 'pod')
  const named = tcp.filter(({ isNatural }) => !isNatural)
  t.same(
    named.map(({ box }) => box.in.saddr?.intervals),
    [[{ first: addressNumber('127.0.0.6'), last: addressNumber('127.0.0.6') }]],
  )
  t.notOk(
    tcp.some(({ box }) => box.in.dport?.contains(15001) || box.in.dport?.contains(15020)),
    "the proxy's own ports are of no interest",
  )
  const inbound = parts.filter(({ box: { frame } }) => frame.protocol === 'tcp' && frame.origin.kind === 'peer')
  t.ok(
    inbound.every(({ box }) => box.in.dport?.contains(15020) && !box.in.dport.contains(15021)),
    'but for those that a rule names',
  )
})

t.test('nobody outside sends from loopback', async (t) => {
  const peers = partsOf('ipv6', '-A PREROUTING -s fd00::/8 -j RETURN').filter(
    ({ box: { frame } }) => frame.origin.kind === 'peer',
  )
  t.ok(peers.length > 0)
  t.notOk(peers.some(({ box }) => box.in.saddr?.contains(addressNumber('::1'))))
})

t.test('whoever stands behind an interface is sent to from elsewhere, and sends wherever else', async (t) => {
  for (const [family, inside, outside] of [
    ['ipv4', '172.17.0.2', '203.0.113.10'],
    ['ipv6', 'fd00:11::1', '2001:db8::10'],
  ] as const) {
    const parts = partsOf(family, '-A PREROUTING -i docker0 -p tcp -j RETURN')
    const leadsTo = (name: string, address: string): boolean =>
      parts.some(
        ({ box: { frame, in: sets } }) =>
          frame.origin.kind === 'peer' &&
          frame.origin.interface === name &&
          sets.daddr?.contains(addressNumber(address)),
      )
    t.same(
      [leadsTo('eth0', inside), leadsTo('docker0', outside), leadsTo('docker0', inside), leadsTo('eth0', outside)],
      [true, true, false, false],
      family,
    )
  }
})
