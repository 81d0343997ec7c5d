import t from 'tap'
import { type Flow, formatFlow } from '../../harness/flow/flow.ts'
import type { Change } from '../../harness/gate/changes/change.ts'
import { groupChanges } from '../../harness/gate/changes/groups.ts'
import { oddity } from '../../harness/gate/classes/plainness.ts'
import { flow as change } from './example.ts'

/** The flow that anybody sends all day, with something else in it. */
const flow = (address: string, more: Partial<Flow> = {}, port = 80): Flow => ({
  identity: 'app',
  origin: { kind: 'pod' },
  protocol: 'tcp',
  destination: { kind: 'literal', family: address.includes(':') ? 'ipv6' : 'ipv4', address, port },
  ...more,
})
const peer = { kind: 'peer', interface: 'eth0' } as const

/** The plainest first: each is asked about before all that stand below it. */
const ordered: readonly Flow[] = [
  flow('203.0.113.10'),
  flow('203.0.113.10', {}, 6379),
  flow('203.0.113.10', { source: { address: '10.244.0.5' } }),
  flow('127.0.0.1'),
  flow('10.244.0.7'),
  flow('2001:db8::10'),
  flow('203.0.113.10', { protocol: 'udp' }),
  flow('203.0.113.10', { protocol: 'icmp' }, 0),
  flow('10.244.0.5', { identity: 'remote', origin: peer }),
  flow('203.0.113.10', { identity: 'root' }),
  flow('203.0.113.10', { identity: 'proxy' }),
  flow('203.0.113.10', { identity: { uid: 1000, gid: 1337, groups: [] } }),
  flow('203.0.113.10', { mark: 0x539 }),
  flow('203.0.113.10', { mark: 0x539, source: { port: 40000 } }),
]

t.test('what nobody sends is told last', async (t) => {
  const sorted = ordered.toReversed().toSorted((a, b) => rank(a) - rank(b))
  t.same(sorted.map(formatFlow), ordered.map(formatFlow))
})

t.test('a cause is told by its plainest flow, however many others there are', async (t) => {
  const changes = ordered.toReversed().map(
    (own, index): Change => ({
      ...change(index, 'opened'),
      subject: formatFlow(own),
      flow: { sender: '', oddity: rank(own) },
    }),
  )
  const common = ['one', 'two'].map((name) => ({
    ...change(99, 'opened'),
    config: { name, config: {}, podAnnotations: {} },
  }))
  const [group, ...others] = groupChanges([
    ...common.map((own) => ({ ...own, flow: { sender: '', oddity: 9 ** 9 } })),
    ...changes,
  ])
  t.same(others, [])
  t.same(
    group?.rows.map(({ subject }) => subject),
    [...ordered.map(formatFlow), change(99, 'opened').subject],
  )
})

function rank(own: Flow): number {
  const { destination } = own
  return oddity(own, destination.kind === 'literal' ? destination.family : 'ipv4')
}
