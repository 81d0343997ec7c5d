import fc from 'fast-check'
import t from 'tap'
import { type Interval, IntervalSet, type Scalar } from '../../harness/netfilter/interval-set.ts'

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
const isNormal = ({ intervals }: IntervalSet<Scalar>): boolean =>
  intervals.every(({ first, last }, at) => first <= last && BigInt(first) > BigInt(intervals[at - 1]?.last ?? -2) + 1n)

t.test('a set of more parts than a call has arguments', async (t) => {
  const domain = { first: 0, last: 2 ** 32 - 1 }
  const every = (offset: number) =>
    Array.from({ length: 200_000 }, (_, index) => ({ first: index * 4 + offset, last: index * 4 + offset }))
  const [even, odd] = [IntervalSet.from(domain, every(0)), IntervalSet.from(domain, every(1))]
  t.equal(even.union(odd).intervals.length, 200_000)
  t.equal(even.union(even), even)
  t.ok(even.intersect(odd).isEmpty)
})

t.test('sets of very uneven sizes have in common what both have', async (t) => {
  const wide = { first: 0n, last: 9999n }
  const single = fc.nat(9999).map((value) => ({ first: BigInt(value), last: BigInt(value) }))
  const range = fc
    .tuple(fc.nat(9999), fc.nat(6000))
    .map(([first, more]) => ({ first: BigInt(first), last: BigInt(first + more) }))
  const long = fc.array(single, { minLength: 2500, maxLength: 3500 })
  fc.assert(
    fc.property(long, fc.array(fc.array(range, { maxLength: 3 }), { minLength: 1, maxLength: 4 }), (many, shorts) => {
      const set = IntervalSet.from(wide, many)
      const has = new Set(many.map(({ first }) => first))
      for (const few of shorts) {
        const other = IntervalSet.from(wide, few)
        for (const common of [set.intersect(other), other.intersect(set), set.intersect(other)]) {
          if (!isNormal(common)) return false
          for (let value = 0n; value <= wide.last; value += 1n) {
            const isInOther = few.some(({ first, last }) => first <= value && value <= last)
            if (common.contains(value) !== (has.has(value) && isInOther)) return false
          }
        }
        for (const some of few) {
          const inside = [...has].filter((value) => some.first <= value && value <= some.last).length
          const all = some.last > wide.last ? Infinity : Number(some.last - some.first) + 1
          if (set.containsOneOf(some) !== (inside === 0 ? false : inside === all || 'unknown')) return false
        }
      }
      return true
    }),
    { seed: 1, numRuns: 10, endOnFailure: true },
  )
  t.pass('of random sets')
})

t.test('intervals with nothing of another set between them are one', async (t) => {
  const all = set([0, 3], [6, 6], [9, 20])
  const among = (...some: readonly [number, number][]) =>
    set(...some)
      .intervalsAmong(all)
      .map(({ first, last }) => [first, last])
  t.same(among([2, 3], [6, 6]), [[2, 6]])
  t.same(among([0, 2], [6, 6], [9, 9], [11, 12]), [
    [0, 2],
    [6, 9],
    [11, 12],
  ])
  t.same(among(), [])
})

t.test('some intervals of a set, by their places', async (t) => {
  const some = set([1, 2], [4, 4], [6, 9])
  t.same(pairs(some.part(0, 2)), [
    [1, 2],
    [4, 4],
  ])
  t.same(pairs(some.part(2)), [[6, 9]])
  t.ok(some.part(3).isEmpty)
})

t.test('what two sets have in common is one of them, where that has nothing else', async (t) => {
  const [few, many] = [set([3, 5], [12, 12]), set([3, 5], [8, 20])]
  t.equal(few.intersect(many), few)
  t.equal(many.intersect(few), few)
  t.same(pairs(set([4, 9]).intersect(many)), [
    [4, 5],
    [8, 9],
  ])
})
