import t from 'tap'
import { chosenOf } from '../../harness/gate/classes/differences.ts'
import type { Witness } from '../../harness/gate/classes/witness.ts'

const witness = (port: number, difference?: string, uid = 1000): Witness => ({
  flow: {
    credentials: { uid, gid: uid, groups: [] },
    origin: { kind: 'pod' },
    protocol: 'tcp',
    family: 'ipv4',
    destination: { address: '203.0.113.10', port },
  },
  why: difference === undefined ? 'unjudged' : 'apart',
  ...(difference !== undefined && { difference }),
})

t.test(
  'of many that differ alike the plainest are sent, and all that differ otherwise or that nobody knows',
  async (t) => {
    const alike = [7001, 7002, 7003, 80, 7004, 7005].map((port) => witness(port, 'one'))
    const odd = witness(7000, 'one', 4321)
    const others = [witness(1, 'other'), witness(2), witness(3), witness(4), witness(5), witness(6)]
    const { sent, held } = chosenOf([odd, ...alike, ...others])
    t.same(
      sent.map(({ flow }) => flow.destination.port),
      [7001, 80, 1, 2, 3, 4, 5, 6],
    )
    t.same(held.map(({ flow }) => flow.destination.port).sort(), [7000, 7002, 7003, 7004, 7005])
    t.same(chosenOf(alike.slice(0, 2)).held, [])
    const under = (at: number) => chosenOf(alike, { at, of: 2 }).sent.map(({ flow }) => flow.destination.port)
    t.same([under(0), under(1)], [[80], [7001]], 'under each of two backends another one')
    t.same(chosenOf(alike.slice(0, 1), { at: 1, of: 2 }).sent.length, 1, 'or the same, where there is one')
  },
)
