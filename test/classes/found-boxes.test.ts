import fc from 'fast-check'
import t from 'tap'
import { contains } from '../../harness/classes/boxes/boxes.ts'
import type { Box } from '../../harness/classes/boxes/frame.ts'
import { FoundBoxes } from '../../harness/classes/found-boxes.ts'
import { IntervalSet, type Scalar } from '../../harness/netfilter/interval-set.ts'
import { builtWorld } from './built.ts'

const frame = { family: 'ipv4', origin: { kind: 'pod' }, protocol: 'tcp' } as const
const domain = { first: 0, last: 4 }
const values = [0, 1, 2, 3, 4]
const set = fc
  .subarray(values, { minLength: 1 })
  .map((some) => IntervalSet.of<Scalar>(domain, ...some.map((value) => ({ first: value, last: value }))))
const box = fc.record({ uid: set, gid: set, dport: set }).map((sets): Box => ({ frame, in: sets }))

t.test('of the boxes that have a flow, the one that was found last', async (t) => {
  const { distinctions } = await builtWorld('osm', '1.2')
  const property = fc.property(fc.array(box, { maxLength: 12 }), (boxes) => {
    const found = new FoundBoxes(distinctions.ipv4, frame)
    for (const one of boxes) found.add(one, { uid: one.in.uid?.intervals[0]?.first ?? 0 })
    for (const uid of values)
      for (const gid of values)
        for (const dport of values) {
          const point = { uid, gid, dport }
          if (found.with(point) !== boxes.findLast((one) => contains(one, point)))
            throw new Error(JSON.stringify(point))
        }
  })
  fc.assert(property, { seed: 1, numRuns: 200, endOnFailure: true })
  t.pass('of random boxes')
})
