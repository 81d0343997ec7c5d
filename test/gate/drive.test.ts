import t from 'tap'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { namedCredentials } from '../../harness/flow/identity.ts'
import { behaviourOf } from '../../harness/gate/changes/behaviour.ts'
import { Driving } from '../../harness/gate/driving/drive.ts'
import { openSandbox } from '../sandbox/open.ts'
import { addresses, profile, restoreText } from './worlds.ts'

const sandbox = await openSandbox(t)

const filter = (...rules: readonly string[]) => [restoreText('ipv4', '*filter', ...rules, 'COMMIT', '')]
const closed = '-A OUTPUT -p udp -m udp --sport 50000:65535 -j DROP'
const others = [1, 2].map((first) => `-A INPUT -p udp -m udp --sport ${first}:49999 -j ACCEPT`)

t.test('both sides get a flow from one port, however many there are', async (t) => {
  const flows = Array.from(
    { length: 210 },
    (_, at): ConcreteFlow => ({
      credentials: namedCredentials.app,
      origin: { kind: 'pod' },
      protocol: 'udp',
      family: 'ipv4',
      destination: { address: '203.0.113.10', port: 20_000 + at },
    }),
  )
  const driving = new Driving(Promise.resolve(sandbox), 1, new AbortController().signal)
  const ask = (texts: ReturnType<typeof filter>) =>
    driving.ask({ flows, texts, profile, addresses, backend: 'nft', source: 'literal' })
  // Where one side names every port, and the other does not, each would have its flows come from others.
  const answers = await Promise.all([ask(filter(closed)), ask(filter(closed, ...others))])
  await driving.left()
  const [was, is] = answers.map((answer) =>
    answer.flows.map(({ result }) => ('observed' in result ? behaviourOf(result.observed) : result.error)),
  )
  t.equal(was?.length, flows.length)
  t.same(is, was)
})
