import t from 'tap'
import { loadText } from '../../../harness/run/predict/loaded-rules.ts'
import { addressesOfRules } from '../../../harness/run/witnesses/addresses-of-rules.ts'
import { payload } from '../../sandbox/literal-pod.ts'

const of = (rules: readonly string[], podIPs: readonly string[] = []) =>
  addressesOfRules([loadText({ form: 'restore', family: 'ipv4', payload: payload({ nat: rules }) }).ruleset], podIPs)

t.test('the pod has the interfaces that rules ask for, and the addresses that are known', async (t) => {
  const { addresses, missing } = of(
    ['-A OUTPUT -o lo -j RETURN', '-A PREROUTING -i net1 -j RETURN', '-A PREROUTING -i ens+ -j RETURN'],
    ['192.0.2.9'],
  )
  t.same(
    addresses.links.map(({ name }) => name),
    ['eth0', 'net1', 'ens0'],
  )
  t.same([addresses.pod('eth0', 'ipv4'), missing], ['192.0.2.9', []])
})

t.test('behind a bridge is whom rules translate to', async (t) => {
  const rules = [
    '-A PREROUTING ! -i docker0 -p tcp -j DNAT --to-destination 172.18.0.7:80',
    '-A PREROUTING -i br-1 -j RETURN',
  ]
  const { addresses, missing } = of(rules)
  t.match(addresses.links, [
    { name: 'eth0' },
    {
      name: 'docker0',
      pod: { ipv4: '172.18.0.1/24' },
      peer: { ipv4: '172.18.0.7/24' },
      behind: ['172.18.0.7/32'],
    },
    { name: 'br-1', pod: { ipv4: '10.246.0.5/24' }, behind: [] },
  ])
  t.same([missing, addresses.shape.forwards], [[], ['ipv4', 'ipv6']])
})

t.test('more interfaces than are made are told', async (t) => {
  const { addresses, missing } = of(Array.from({ length: 6 }, (_, index) => `-A PREROUTING -i net${index} -j RETURN`))
  t.equal(addresses.links.length, 4)
  t.same(missing, ['net3', 'net4', 'net5'])
})
