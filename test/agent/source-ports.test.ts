import t from 'tap'
import { PortCycle } from '../../harness/agent/source-ports.ts'

t.test('every port in turn, and then from the beginning', async (t) => {
  const cycle = new PortCycle([
    { first: 5, last: 6 },
    { first: 1, last: 1 },
  ])
  t.equal(cycle.size, 3)
  t.same(
    Array.from({ length: 7 }, () => cycle.take()),
    [5, 6, 1, 5, 6, 1, 5],
  )
})
