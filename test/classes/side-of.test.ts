import t from 'tap'
import { sideOf } from '../../harness/classes/alike/side-of.ts'
import { IntervalSet } from '../../harness/netfilter/interval-set.ts'

const domain = { first: 0, last: 255 }
const ranges = (set: ReturnType<typeof sideOf>) => set?.intervals.map(({ first, last }) => [first, last])
const asked = (mask: number, ...values: readonly number[]) =>
  ({ in: IntervalSet.of(domain, ...values.map((value) => ({ first: value, last: value }))), mask }) as never

t.test('the values on one side of a mask are ranges, also where it has holes', async (t) => {
  for (const mask of [0xff, 0xf0, 0xf8, 0b1101_0000, 0b1011_0101, 0b0000_1111, 0b0111_1110]) {
    const wrong: string[] = []
    for (let value = 0; value < 256; value += 7) {
      const side = sideOf(asked(mask, value & mask), value, domain)
      for (let other = 0; other < 256; other += 1) {
        const isAlike = (other & mask) === (value & mask)
        if (side?.contains(other) !== isAlike) wrong.push(`${mask}: ${value} and ${other}`)
      }
    }
    t.same(wrong, [], `mask ${mask.toString(2)}`)
  }
})

t.test('what lies between bits that do not count is no value of any packet', async (t) => {
  t.same(ranges(sideOf(asked(0b1111_0101, 0b0000_0111), 7, domain)), [[0, 255]])
})

t.test('too many ranges are none', async (t) => {
  const wide = { first: 0n, last: 0xffff_ffffn }
  const last = { in: IntervalSet.of(wide, { first: 10n, last: 10n }), mask: 0xffn } as never
  t.equal(sideOf(last, 10n, wide), undefined)
})
