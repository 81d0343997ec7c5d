import t from 'tap'
import { type Chosen, chosenOf } from '../../harness/gate/classes/differences.ts'
import type { Witness } from '../../harness/gate/classes/witness.ts'
import { onSides } from '../../harness/gate/compared/sides.ts'

/** A flow to a port, by some rules (`way`) to some end (`fares`), if the model knows them. */
const witness = (port: number, way?: string, fares = 'one end', uid = 1000): Witness => ({
  flow: {
    credentials: { uid, gid: uid, groups: [] },
    origin: { kind: 'pod' },
    protocol: 'tcp',
    family: 'ipv4',
    destination: { address: '203.0.113.10', port },
  },
  why: way === undefined ? 'unjudged' : 'apart',
  ...(way !== undefined && {
    difference: { way, fares, predicted: onSides(() => ({ verdict: 'dropped', journey: [] })) },
  }),
})
const ports = (witnesses: readonly Witness[] = []) => witnesses.map(({ flow }) => flow.destination.port)
const sent = (chosen: readonly Chosen[]) => chosen.map((each) => ports(each.sent))

t.test(
  'of many that differ alike the plainest is sent, and all that differ otherwise or that nobody knows',
  async (t) => {
    const alike = [7001, 7002, 7003, 80, 7004, 7005].map((port) => witness(port, 'one way'))
    const odd = witness(7000, 'one way', 'one end', 4321)
    const others = [witness(1, 'another way'), ...[2, 3, 4].map((port) => witness(port))]
    const all = [odd, ...alike, ...others]
    const chosen = chosenOf(all, 1)
    t.same(sent(chosen), [[80, 1, 2, 3, 4]])
    t.same(ports(chosen[0]?.held).sort(), [7000, 7001, 7002, 7003, 7004, 7005])
  },
)

t.test('backends that execute the same share them, and have one each of what fares the same', async (t) => {
  const byWay = [80, 8080, 443, 9000].flatMap((port) => [witness(port, `by ${port}`), witness(port + 1, `by ${port}`)])
  const another = witness(6379, 'by 80', 'another end')
  const nobodys = witness(1)
  t.same(sent(chosenOf([...byWay, another, nobodys], 2)), [
    [80, 443, 6379, 1],
    [81, 8081, 9001, 6379, 1],
  ])
})
