import fc from 'fast-check'
import t from 'tap'
import { type Interval, IntervalSet } from '../../harness/netfilter/interval-set.ts'

const domain = { first: 0, last: 20 }
const set = (...parts: readonly [first: number, last: number][]): IntervalSet<number> =>
  IntervalSet.of(domain, ...parts.map(([first, last]) => ({ first, last })))
const pairs = ({ intervals }: IntervalSet<number>) => intervals.map(({ first, last }) => [first, last])

t.test('parts are put in order, joined where they touch, and cut to the domain', async (t) => {
  t.same(pairs(set([9, 30], [1, 2], [3, 4], [2, 3], [6, 6])), [
    [1, 4],
    [6, 6],
    [9, 20],
  ])
  t.same(pairs(set([21, 30], [5, 4])), [])
  t.ok(set().isEmpty)
  t.notOk(set([0, 0]).isEmpty)
  t.ok(set([0, 10], [11, 20]).isFull)
  t.notOk(set([0, 19]).isFull)
})

t.test('the values on both sides of every border', async (t) => {
  t.same(set([3, 5], [20, 20]).boundaries(), [0, 2, 3, 5, 6, 19, 20])
  t.same(set().boundaries(), [0, 20])
  t.same(set([0, 20]).boundaries(), [0, 20])
  t.same(IntervalSet.of({ first: 0n, last: 2n ** 128n - 1n }, { first: 1n, last: 1n }).boundaries(), [
    0n,
    1n,
    2n,
    2n ** 128n - 1n,
  ])
})

t.test('one value of several, whichever it is', async (t) => {
  const some = set([3, 5], [6, 8], [12, 12])
  t.equal(some.containsOneOf({ first: 4, last: 7 }), true)
  t.equal(some.containsOneOf({ first: 8, last: 9 }), 'unknown')
  t.equal(some.containsOneOf({ first: 9, last: 11 }), false)
})

const values = Array.from({ length: domain.last + 1 }, (_, value) => value)
const parts = fc.array(
  fc
    .tuple(fc.integer({ min: -3, max: 23 }), fc.integer({ min: -3, max: 23 }))
    .map(([first, last]): Interval<number> => ({ first, last })),
  { maxLength: 6 },
)
const isIn = (all: readonly Interval<number>[], value: number): boolean =>
  all.some(({ first, last }) => first <= value && value <= last)

t.test('union, intersection and complement are those of the values, in numbers and in bigints', async (t) => {
  const wide = (all: readonly Interval<number>[], offset: bigint): IntervalSet<bigint> =>
    IntervalSet.of(
      { first: offset, last: offset + 20n },
      ...all.map(({ first, last }) => ({ first: offset + BigInt(first), last: offset + BigInt(last) })),
    )
  fc.assert(
    fc.property(parts, parts, fc.constantFrom(0n, 2n ** 100n), (a, b, offset) => {
      const [one, other] = [IntervalSet.of(domain, ...a), IntervalSet.of(domain, ...b)]
      const [wideOne, wideOther] = [wide(a, offset), wide(b, offset)]
      const wanted: readonly [set: IntervalSet<number>, wide: IntervalSet<bigint>, has: (value: number) => boolean][] =
        [
          [one, wideOne, (value) => isIn(a, value)],
          [one.complement(), wideOne.complement(), (value) => !isIn(a, value)],
          [one.union(other), wideOne.union(wideOther), (value) => isIn(a, value) || isIn(b, value)],
          [one.intersect(other), wideOne.intersect(wideOther), (value) => isIn(a, value) && isIn(b, value)],
        ]
      return wanted.every(
        ([found, foundWide, has]) =>
          values.every(
            (value) =>
              found.contains(value) === has(value) && foundWide.contains(offset + BigInt(value)) === has(value),
          ) &&
          found.isEmpty === !values.some(has) &&
          isNormal(found),
      )
    }),
  )
  t.pass('of random sets')
})

/** In order, and with a gap between each and the next. */
const isNormal = ({ intervals }: IntervalSet<number>): boolean =>
  intervals.every(({ first, last }, at) => first <= last && first > (intervals[at - 1]?.last ?? -2) + 1)

t.test('a set of more parts than a call has arguments', async (t) => {
  const domain = { first: 0, last: 2 ** 32 - 1 }
  const every = (offset: number) =>
    Array.from({ length: 200_000 }, (_, index) => ({ first: index * 4 + offset, last: index * 4 + offset }))
  const [even, odd] = [IntervalSet.from(domain, every(0)), IntervalSet.from(domain, every(1))]
  t.equal(even.union(odd).intervals.length, 200_000)
  t.equal(even.union(even), even)
  t.ok(even.intersect(odd).isEmpty)
})
