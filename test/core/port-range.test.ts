import t from 'tap'
import { countPorts, portsOf, slicePorts, withoutPorts } from '../../harness/core/port-range.ts'

const range = (first: number, last = first) => ({ first, last })

t.test('what is left of ranges without others, in the order of the ranges', async (t) => {
  t.same(withoutPorts([range(1, 10)], []), [range(1, 10)])
  t.same(withoutPorts([range(1, 10)], [range(5), range(1, 2), range(10, 20)]), [range(3, 4), range(6, 9)])
  t.same(withoutPorts([range(5, 6), range(1, 2)], [range(6), range(1)]), [range(5), range(2)])
  t.same(withoutPorts([range(5, 6), range(9, 8)], [range(1, 65535)]), [], 'nothing of what is empty')
  t.same(
    withoutPorts([range(1, 10)], [range(2, 8), range(3, 4), range(7, 9)]),
    [range(1), range(10)],
    'holes that overlap',
  )
})

t.test('a slice counts through the ranges', async (t) => {
  const ranges = [range(100, 104), range(1, 3), range(50)]
  t.equal(countPorts(ranges), 9)
  t.same(slicePorts(ranges, 0, 5), [range(100, 104)])
  t.same(slicePorts(ranges, 3, 4), [range(103, 104), range(1, 2)])
  t.same(slicePorts(ranges, 8, 5), [range(50)])
  t.same(slicePorts(ranges, 2, 0), [])
  t.same(portsOf(slicePorts(ranges, 4, 3)), [104, 1, 2])
})
