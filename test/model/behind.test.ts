import t, { type Test } from 'tap'
import { families, familyOf } from '../../harness/core/address.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { namedCredentials } from '../../harness/flow/identity.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import type { Profile } from '../../harness/mesh/profile.ts'
import { makeLink } from '../../harness/run/plan/make-link.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { fateOf } from '../../harness/run/witnesses/fate.ts'
import { planWitnesses } from '../../harness/run/witnesses/plan-witnesses.ts'
import { WitnessPod } from '../../harness/run/witnesses/witness-pod.ts'
import { payload } from '../sandbox/literal-pod.ts'
import { openSandbox } from '../sandbox/open.ts'

const sandbox = await openSandbox(t)

/** A node: its uplink, containers on a bridge, and a pod behind an interface that no network of its own has. */
const addresses = new PodAddresses({
  forwards: families,
  links: [
    makeLink('eth0', 0),
    {
      name: 'docker0',
      pod: { ipv4: '172.17.0.1/16', ipv6: 'fd00:d::1/64' },
      peer: { ipv4: '172.17.0.2/16', ipv6: 'fd00:d::2/64' },
      behind: [],
    },
    {
      ...makeLink('cali1', 2),
      peer: { ipv4: '192.168.9.7/24', ipv6: '2001:db8:9::7/64' },
      behind: ['192.168.9.7/32', '192.168.9.8/32', '2001:db8:9::7/128'],
    },
  ],
})

const ipv4 = {
  nat: [
    '-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x4000/0x4000',
    '-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.9.7:8080',
    '-A PREROUTING ! -i docker0 -p tcp -m tcp --dport 8000 -j DNAT --to-destination 172.17.0.2:80',
    '-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE',
    '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
  ],
  filter: [
    '-A FORWARD -i cali1 -d 198.51.100.66/32 -j REJECT --reject-with icmp-port-unreachable',
    '-A FORWARD -o cali1 -p tcp -m tcp --dport 9 -j DROP',
    '-A FORWARD -i docker0 -p tcp -m conntrack --ctstate NEW -d 203.0.113.5/32 -j REJECT --reject-with tcp-reset',
  ],
}
const ipv6 = {
  nat: [
    '-A PREROUTING -i eth0 -p tcp -m tcp --dport 8000 -j DNAT --to-destination [fd00:d::2]:80',
    '-A PREROUTING -i docker0 -p tcp -m tcp --dport 8001 -j REDIRECT --to-ports 15001',
    '-A POSTROUTING -s fd00:d::/64 ! -o docker0 -j MASQUERADE',
  ],
  filter: ['-A FORWARD -o docker0 -p tcp -m tcp --dport 9 -j DROP'],
}

const rules: RuleText[] = [
  { form: 'restore', family: 'ipv4', payload: payload(ipv4) },
  { form: 'restore', family: 'ipv6', payload: payload(ipv6) },
]

type Row = [device: string | undefined, protocol: ConcreteFlow['protocol'], to: string, port: number, fate: RegExp]

const rows: Row[] = [
  ['eth0', 'tcp', '172.17.0.2', 80, /^direct/],
  ['eth0', 'tcp', '172.17.9.9', 81, /^direct/],
  ['eth0', 'tcp', '192.168.9.7', 80, /^direct/],
  ['docker0', 'udp', '192.168.9.8', 53, /^direct/],
  ['eth0', 'tcp', '192.168.9.7', 9, /^dropped/],
  ['eth0', 'udp', '192.168.9.7', 53, /^direct/],
  ['eth0', 'icmp', '192.168.9.7', 0, /^direct/],
  ['eth0', 'tcp', '10.244.0.5', 8000, /^translated/],
  ['docker0', 'tcp', '203.0.113.10', 80, /^direct/],
  ['docker0', 'udp', '203.0.113.10', 53, /^direct/],
  ['docker0', 'tcp', '203.0.113.5', 80, /^refused/],
  ['docker0', 'tcp', '10.96.0.10', 80, /^translated/],
  ['docker0', 'tcp', '172.17.0.1', 80, /^direct/],
  ['docker0', 'tcp', '192.168.9.7', 80, /^direct/],
  ['cali1', 'tcp', '10.96.0.10', 80, /^translated/],
  ['cali1', 'udp', '198.51.100.66', 53, /^refused/],
  ['cali1', 'icmp', '172.17.0.2', 0, /^direct/],
  ['cali1', 'tcp', '10.244.0.5', 8000, /^translated/],
  [undefined, 'tcp', '192.168.9.7', 80, /^direct/],
  [undefined, 'tcp', '172.17.0.2', 81, /^direct/],
  ['eth0', 'tcp', 'fd00:d::2', 80, /^direct/],
  ['eth0', 'tcp', 'fd00:d::2', 9, /^dropped/],
  ['eth0', 'icmp', 'fd00:d::7', 0, /^direct/],
  ['eth0', 'udp', '2001:db8:9::7', 53, /^direct/],
  ['eth0', 'tcp', 'fd00:10::5', 8000, /^translated/],
  ['docker0', 'tcp', '2001:db8::10', 80, /^direct/],
  ['docker0', 'udp', '2001:db8:9::7', 53, /^direct/],
  ['cali1', 'tcp', 'fd00:d::2', 80, /^direct/],
  // Nobody listens on the interface's address; it is taken if it has the scope of the one that was dialled.
  ['docker0', 'tcp', '2001:db8::10', 8001, /^refused/],
  ['docker0', 'tcp', '::6', 8001, /^dropped/],
  ['docker0', 'tcp', 'fec0::6', 8001, /^dropped/],
]

const flowOf = ([device, protocol, address, port]: Row): ConcreteFlow => ({
  credentials: device === undefined ? namedCredentials.app : namedCredentials.remote,
  origin: device === undefined ? { kind: 'pod' } : { kind: 'peer', interface: device },
  protocol,
  family: familyOf(address) ?? 'ipv4',
  destination: { address, port },
})

/** Sends flows through rules, and holds what becomes of each against the model and its row. */
async function fares(t: Test, rows: readonly Row[], rules: readonly RuleText[], profile: Profile): Promise<void> {
  const plan = planWitnesses({ flows: rows.map(flowOf), worlds: [[...rules]], profile, addresses, backend: 'nft' })
  await using pod = await WitnessPod.stand(sandbox, plan, 'a test')
  const { flows: answers } = await pod.ask(0)
  answers.forEach(({ result, prediction, isAsPredicted }, index) => {
    const [device, protocol, to, port, fate] = rows[index] as Row
    const about = `${device ?? 'pod'} ${protocol} ${to}:${port}`
    t.match('observed' in result ? fateOf(result.observed) : result.error, fate, about)
    t.match(prediction, { predicted: Object }, `${about} is predicted`)
    t.ok(isAsPredicted, `${about}: model and kernel say the same`)
  })
}

t.test('whoever stands behind an interface is forwarded to, in both families', async (t) => {
  await fares(t, rows, rules, findMesh('osm').profile('1.2'))
})

t.test('a proxy that dials on from a loopback address reaches nobody there, and yet got the connection', async (t) => {
  const captured = ['-A PREROUTING -j REDIRECT --to-ports 15006']
  const both = families.map((family): RuleText => {
    const nat = ['tcp', 'udp'].flatMap((protocol) => captured.map((rule) => rule.replace('-j', `-p ${protocol} -j`)))
    return { form: 'restore', family, payload: payload({ nat }) }
  })
  const profile = { ...findMesh('istio').profile('1.31'), families }
  const redirected = /^redirected/
  await fares(
    t,
    [
      ['eth0', 'tcp', '172.17.0.2', 80, redirected],
      ['docker0', 'tcp', '203.0.113.10', 80, redirected],
      ['eth0', 'tcp', '192.168.9.7', 80, redirected],
      ['eth0', 'udp', '172.17.0.2', 53, redirected],
      ['eth0', 'tcp', '10.244.0.5', 80, redirected],
      ['eth0', 'tcp', 'fd00:d::2', 80, redirected],
    ],
    both,
    profile,
  )
})
