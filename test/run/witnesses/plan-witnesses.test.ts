import t from 'tap'
import type { ConcreteFlow } from '../../../harness/flow/flow.ts'
import { namedCredentials } from '../../../harness/flow/identity.ts'
import type { RuleText } from '../../../harness/flow/ruleset.ts'
import { findMesh } from '../../../harness/mesh/index.ts'
import { PodAddresses } from '../../../harness/run/plan/pod-addresses.ts'
import { planWitnesses } from '../../../harness/run/witnesses/plan-witnesses.ts'
import { payload } from '../../sandbox/literal-pod.ts'

const profile = findMesh('istio').profile('1.17')
const addresses = PodAddresses.of({ interfaces: [], inner: false, services: [], closed: [] })
const plan = (flows: readonly ConcreteFlow[], ...worlds: RuleText[][]) =>
  planWitnesses({ flows, worlds, profile, addresses, backend: 'nft' })

const to = (address: string, port: number, more: Partial<ConcreteFlow> = {}): ConcreteFlow => ({
  credentials: namedCredentials.app,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: { address, port },
  ...more,
})

t.test('somebody listens wherever a flow or a rule of any world leads', async (t) => {
  const nat = (target: string): RuleText[] => {
    const rules = ['tcp', 'udp'].map((protocol) => `-A OUTPUT -p ${protocol} -j ${target}`)
    return [{ form: 'restore', family: 'ipv4', payload: payload({ nat: rules }) }]
  }
  const worlds = [nat('DNAT --to-destination 198.51.100.1:81'), nat('REDIRECT --to-ports 82')]
  const flows = [to('203.0.113.1', 80), to('203.0.113.2', 53, { protocol: 'udp' })]
  const { pod } = plan(flows, ...worlds)
  const tcp = pod.peers.flatMap((peer) => peer.tcp.map(({ port }) => port))
  t.same(tcp.toSorted(), [80, 81, 82], 'a peer listens for TCP on every address')
  const udp = pod.peers.flatMap((peer) => peer.udp.map(({ address, port }) => `${address}:${port}`))
  for (const endpoint of ['203.0.113.2:53', '203.0.113.2:82', '198.51.100.1:53', '198.51.100.1:81'])
    t.ok(udp.includes(endpoint), endpoint)
  t.notOk(udp.includes('203.0.113.1:80'), 'of what is sent by TCP alone nobody listens for datagrams')
  t.ok(pod.apps.some(({ protocol, port }) => protocol === 'tcp' && port === 82))
})

t.test('nobody in the pod listens where a flow comes from, unless a rule leads there', async (t) => {
  const flow = to('203.0.113.2', 53, { protocol: 'udp', source: { port: 53 } })
  const isHeard = (target: string): boolean => {
    const rules: RuleText = {
      form: 'restore',
      family: 'ipv4',
      payload: payload({ nat: [`-A OUTPUT -p udp --dport 53 -j ${target}`] }),
    }
    return plan([flow], [rules]).pod.apps.some(({ protocol, port }) => protocol === 'udp' && port === 53)
  }
  t.equal(isHeard('REDIRECT --to-ports 15053'), false)
  t.equal(isHeard('DNAT --to-destination 127.0.0.1:53'), true)
  t.equal(isHeard('REDIRECT'), true, 'the port stays')
})

t.test('each world has its own policy routing, and the pod all of their addresses', async (t) => {
  const rule = { family: 'ipv4', fwmark: 1, table: 100 } as const
  const empty: RuleText = { form: 'restore', family: 'ipv4', payload: payload({ nat: [] }) }
  const routed: RuleText = { ...empty, routing: { rules: [rule], routes: [], loopbackAddresses: ['192.0.2.77'] } }
  const beside = { rules: [], routes: [], loopbackAddresses: ['192.0.2.78'] }
  const question = { flows: [to('203.0.113.1', 80)], worlds: [[empty], [routed]], addresses, backend: 'nft' } as const
  const { pod, worlds } = planWitnesses({ ...question, profile: { ...profile, beside } })
  t.same(
    worlds.map(({ routing }) => routing?.rules ?? []),
    [[], [rule]],
  )
  t.same(pod.loopback?.toSorted(), ['192.0.2.77', '192.0.2.78'])
})

t.test('only flows from one and the same port go alone', async (t) => {
  const from = (port: number) => to('203.0.113.1', 80, { source: { port } })
  const { flows } = plan([from(999), from(999), from(998), to('203.0.113.1', 80)], [])
  t.same(
    flows.map(({ alone = false }) => alone),
    [true, true, false, false],
  )
  t.notOk([998, 999].includes(flows[3]?.source.port ?? 999))
})
