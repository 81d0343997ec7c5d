import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { countPorts, portsOf } from '../../harness/core/port-range.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { drawSourcePorts, type PortlessPlan } from '../../harness/run/plan/source-ports.ts'
import { osmProfile } from './options.ts'

const credentials = { uid: 1000, gid: 1000, groups: [] }
const flow = (port: number, source?: ConcreteFlow['source']): ConcreteFlow => ({
  credentials,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: { address: '203.0.113.10', port },
  ...(source && { source }),
})
const flows = (count: number) => Array.from({ length: count }, () => flow(80))

/** Rules that name these, each in a rule of its own. */
const naming = (...ports: (string | number)[]): RuleText[] => [
  {
    form: 'restore',
    family: 'ipv4',
    payload: ['*filter', ...ports.map((port) => `-A OUTPUT -p tcp --dport ${port}`), 'COMMIT', ''].join('\n'),
  },
]

type Given = Partial<PortlessPlan['pod']> & Partial<Pick<PortlessPlan, 'rules' | 'flows'>>

function plan({ rules = [], flows: sent = flows(3), ...pod }: Given = {}): PortlessPlan {
  const proxy = {
    credentials,
    state: 'up' as const,
    families: ['ipv4' as const],
    listeners: osmProfile().listeners,
    dialsOn: osmProfile().dialsOn,
    services: [],
    ...pod.proxy,
  }
  return { pod: { links: [], backend: 'nft', apps: [], peers: [], closed: [], ...pod, proxy }, rules, flows: sent }
}

function drawn(given: Given, skip = 0) {
  const { flows, pod } = drawSourcePorts(plan(given), skip)
  const { ranges, representative } = pod.proxy.dialPorts
  return { flows, probes: flows.map(({ source }) => source.port), dials: portsOf(ranges), representative }
}

const isIn = (first: number, last: number) => (port: number) => port >= first && port <= last

t.test(
  'every flow has a port of its own, an ordinary one, and what the proxy dials from is none of them',
  async (t) => {
    const { probes, dials } = drawn({ flows: flows(1000) })
    t.equal(new Set(probes).size, 1000)
    t.ok(probes.every(isIn(32768, 60999)))
    t.equal(new Set([...probes, ...dials]).size, probes.length + dials.length)
    t.ok(dials.length >= 20_000)
  },
)

t.test('there are enough for 10,000 flows in a pod, and twice as many dials', async (t) => {
  const { probes, dials } = drawn({ flows: flows(10_000), rules: naming('20000:32000', 40000, 50000, '33000:34000') })
  t.equal(new Set(probes).size, 10_000)
  t.ok(dials.length >= 20_000)
  t.notOk([...probes, ...dials].some((port) => isIn(20000, 32000)(port) || isIn(33000, 34000)(port) || port === 40000))
})

t.test('nobody gets a port that something in the pod has a use for', async (t) => {
  const used = Array.from({ length: 9 }, (_, index) => 32768 + index)
  const [destination = 0, own = 0, app = 0, tcp = 0, udp = 0, at = 0, to = 0, closed = 0, named = 0] = used
  const address = '203.0.113.10'
  const {
    probes,
    dials,
    flows: planned,
  } = drawn({
    flows: [flow(destination), flow(80, { port: own }), flow(80, { address })],
    apps: [{ protocol: 'tcp', address: '::', port: app, credentials }],
    peers: [{ interface: 'eth0', tcp: [{ address: '::', port: tcp }], udp: [{ address, port: udp }] }],
    proxy: { ...plan().pod.proxy, services: [{ at: { address, port: at }, to: { address, port: to } }] },
    closed: [{ address, port: closed }],
    rules: naming(named),
  })
  t.same(probes, [32777, own, 32778])
  t.notOk(dials.some((port) => used.includes(port)))
  t.match(planned[1], { alone: true })
  t.same(planned[2]?.source, { address, port: 32778 })
  t.notOk(planned[2]?.alone)
})

t.test('a pod after another has other ports, and comes round to the first at last', async (t) => {
  const first = drawn({}).probes
  t.same(
    drawn({}, 3).probes,
    first.map((port) => port + 3),
  )
  t.same(drawn({}, 14_000).probes, first)
  const { probes, dials } = drawn({}, 13_998)
  t.equal(new Set(probes).size, 3)
  t.notOk(probes.some((port) => dials.includes(port)))
})

t.test('a range that holds all ordinary ports holds the probes too, as it does clients', async (t) => {
  for (const all of ['1:65535', '1024:65535', '32768:60999', '30000:61000']) {
    const { probes, dials } = drawn({ rules: naming(all, 32768) })
    const [first = 0, last = 0] = all.split(':').map(Number)
    t.ok([...probes, ...dials].every(isIn(first, last)), all)
    t.notOk([...probes, ...dials].includes(32768), all)
  }
})

t.test('a range that leaves none of them free is avoided by those above or below', async (t) => {
  const { probes, dials } = drawn({ rules: naming('32768:50000', '50001:65535') })
  t.ok([...probes, ...dials].every(isIn(1024, 32767)))
})

t.test(
  'where every port is named, what fewest rules name; and the rules say the same of whatever the proxy dials from',
  async (t) => {
    const rules = naming('1:20000', '20001:40000', '40001:65535', '1:30000', 45000)
    const { probes, dials, representative } = drawn({ flows: flows(500), rules })
    t.equal(new Set([...probes, ...dials]).size, probes.length + dials.length)
    t.ok(probes.every((port) => port > 30000 && port !== 45000))
    const borders = [20000, 40000, 30000, 44999, 45000]
    t.ok(borders.every((border) => dials.every((port) => port <= border) || dials.every((port) => port > border)))
    t.ok(dials.length >= 1024)
    t.ok(portsOf([representative]).every((port) => dials.includes(port)))
  },
)

t.test('rules that name each port by itself, and those of peers', async (t) => {
  const some = Array.from({ length: 3000 }, (_, index) => 32768 + index * 2)
  t.notOk(drawn({ rules: naming(...some) }).dials.some((port) => some.includes(port)))
  const peers = [{ interface: 'eth0', tcp: [], udp: [], rules: naming(32768, 32769) }]
  t.same(drawn({ peers }).probes, [32770, 32771, 32772])
})

t.test("a real Envoy's dials have ports of its own", async (t) => {
  t.same(drawn({ proxy: { ...plan().pod.proxy, envoy: '/envoy' } }).representative, { first: 200, last: 999 })
})

t.test('a pod with more flows than ports is refused', async (t) => {
  t.throws(() => drawSourcePorts(plan({ flows: flows(65_000) })), HarnessError)
  t.ok(countPorts(drawSourcePorts(plan({ flows: flows(40_000) })).pod.proxy.dialPorts.ranges) > 1024)
})
