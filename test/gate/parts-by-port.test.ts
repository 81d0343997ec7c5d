import t from 'tap'
import { namedCredentials } from '../../harness/flow/identity.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { partsOf } from '../../harness/gate/driving/parts-by-port.ts'

const flow = (to: number, from?: number, address = '203.0.113.10'): ConcreteFlow => ({
  credentials: namedCredentials.app,
  origin: { kind: 'pod' },
  protocol: 'udp',
  family: 'ipv4',
  destination: { address, port: to },
  ...(from !== undefined && { source: { port: from } }),
})
/** Which of them share a pod, by their places, and from which ports. */
const parts = (...flows: ConcreteFlow[]) =>
  partsOf(flows).map(({ ports, flows: own }) => [ports, own.map(([index]) => index)])

t.test('flows share a pod unless one is sent to where another one is sent from', async (t) => {
  t.same(parts(flow(80), flow(81), flow(82)), [['', [0, 1, 2]]])
  t.same(parts(flow(80), flow(81, 7000), flow(82, 7001), flow(83, 7000)), [['7000, 7001', [0, 1, 3, 2]]])
  t.same(
    parts(flow(80), flow(81, 7000), flow(7000)),
    [
      ['', [0, 2]],
      ['7000', [1]],
    ],
    'somebody listens on its port',
  )
  t.same(
    parts(flow(7001, 7000), flow(82, 7001)),
    [
      ['7000', [0]],
      ['7001', [1]],
    ],
    'and on that of another one from a port',
  )
})

t.test('one from a port to the same port has a pod for its address', async (t) => {
  t.same(parts(flow(80), flow(53, 53), flow(53, 53, '10.96.0.10'), flow(81, 7000)), [
    ['7000', [0, 3]],
    ['53 to 203.0.113.10', [1]],
    ['53 to 10.96.0.10', [2]],
  ])
})

t.test('without flows there is one part', async (t) => {
  t.same(parts(), [['', []]])
})
