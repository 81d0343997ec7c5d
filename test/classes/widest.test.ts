import fc from 'fast-check'
import t from 'tap'
import { contains } from '../../harness/classes/boxes/boxes.ts'
import type { Box } from '../../harness/classes/boxes/frame.ts'
import { widestOf } from '../../harness/classes/boxes/widest.ts'
import { rangesOf, rangesText } from '../../harness/classes/words.ts'
import { type Interval, IntervalSet, type Scalar } from '../../harness/netfilter/interval-set.ts'
import { domainOfDimension, type Dimension } from '../../harness/classes/boxes/frame.ts'
import { addressesOfPrefix } from '../../harness/netfilter/wide-values.ts'

const frame = { family: 'ipv4', origin: { kind: 'pod' }, protocol: 'tcp' } as const
const small = { first: 0, last: 4 }
const set = fc
  .subarray([0, 1, 2, 3, 4], { minLength: 1 })
  .map((values) => IntervalSet.of<Scalar>(small, ...values.map((value) => ({ first: value, last: value }))))
const box = fc.record({ uid: set, gid: set, dport: set }).map((sets): Box => ({ frame, in: sets }))
const whole = IntervalSet.all<Scalar>(small)
const root: Box = { frame, in: { uid: whole, gid: whole, dport: whole } }

/** Every flow of the small space. */
const points = [0, 1, 2, 3, 4].flatMap((uid) =>
  [0, 1, 2, 3, 4].flatMap((gid) => [0, 1, 2, 3, 4].map((dport) => ({ uid, gid, dport }))),
)

t.test('the widest boxes have the same flows, and none can be any wider', async () => {
  const property = fc.property(fc.array(box, { minLength: 1, maxLength: 8 }), (boxes) => {
    const isIn = (some: readonly Box[], point: (typeof points)[0]): boolean => some.some((one) => contains(one, point))
    const wide = widestOf(boxes, [root])
    for (const point of points)
      if (isIn(boxes, point) !== isIn(wide, point)) throw new Error(`lost or made up: ${JSON.stringify(point)}`)
    for (const one of wide)
      for (const dimension of ['uid', 'gid', 'dport'] as const)
        for (const value of whole
          .intersect((one.in[dimension] ?? whole).complement())
          .intervals.map(({ first }) => first)) {
          const more = {
            ...one,
            in: { ...one.in, [dimension]: IntervalSet.of<Scalar>(small, { first: value, last: value }) },
          }
          if (points.every((point) => !contains(more, point) || isIn(boxes, point)))
            throw new Error(`it could have ${dimension} ${value} too`)
        }
    if (wide.length > boxes.length) throw new Error('more boxes than before')
  })
  fc.assert(property, { seed: 1, numRuns: 200, endOnFailure: true })
})

const full = (dimension: Dimension): IntervalSet<Scalar> => IntervalSet.all(domainOfDimension(dimension, 'ipv4'))
const ranges = (dimension: Dimension, ...parts: readonly Interval<Scalar>[]): IntervalSet<Scalar> =>
  IntervalSet.of(domainOfDimension(dimension, 'ipv4'), ...parts)
const prefixes = (...texts: readonly string[]): IntervalSet<Scalar> => ranges('daddr', ...texts.map(addressesOfPrefix))
const port = (first: number, last = first): Interval<number> => ({ first, last })

t.test('a box in words', async (t) => {
  const space: Box[] = [
    { frame, in: { uid: full('uid'), daddr: prefixes('224.0.0.0/4').complement(), dport: full('dport') } },
  ]
  const said: readonly [sets: Box['in'], text: string][] = [
    [{}, ''],
    [{ uid: ranges('uid', port(0, 1499), port(1501, 0xffff_ffff)) }, 'uid 0-1499,1501-'],
    [{ daddr: prefixes('203.0.113.0/24') }, 'to 203.0.113.0/24'],
    // Nobody sends to multicast addresses: that they are not in it goes without saying.
    [{ daddr: prefixes('192.0.0.0/2').intersect(space[0]?.in.daddr ?? full('daddr')) }, 'to 192.0.0.0/2'],
    [
      {
        daddr: prefixes('10.0.0.0/8', '127.0.0.0/8')
          .complement()
          .intersect(space[0]?.in.daddr ?? full('daddr')),
      },
      'to anywhere but 10.0.0.0/8,127.0.0.0/8',
    ],
    [
      { daddr: prefixes('127.0.0.0/8').intersect(prefixes('127.0.0.1/32').complement()) },
      'to 127.0.0.0/8 without 127.0.0.1',
    ],
    [{ daddr: ranges('daddr', { first: 1n, last: 5n }) }, 'to 0.0.0.1-0.0.0.5'],
    [{ dport: ranges('dport', port(22)) }, 'port 22'],
    [
      { dport: ranges('dport', port(1, 79), port(81, 442), port(444, 999), port(1001, 0xffff)) },
      'any port but 80,443,1000',
    ],
    [{ uid: ranges('uid', port(1000)), dport: ranges('dport', port(1, 1023)) }, 'uid 1000, port 1-1023'],
  ]
  for (const [sets, text] of said)
    t.equal(rangesText(rangesOf({ frame, in: { ...space[0]?.in, ...sets } }, space)), text)
})
