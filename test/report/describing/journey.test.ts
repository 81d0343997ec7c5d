import t from 'tap'
import type { Expected, Hop, Station } from '../../../harness/flow/verdict.ts'
import { compareJourneys } from '../../../harness/report/describing/journey.ts'

const dialled = { address: '203.0.113.10', port: 80 }
const identity = { uid: 1000, gid: 1000, groups: [] }

function marked(expected: Expected, ...stations: Station[]): { row: number; expected: string[] } {
  const journey = stations.map((at): Hop => ({ at, dialled, identity }))
  const rows = compareJourneys(expected, { verdict: 'direct', journey })
  return { row: rows.findIndex(({ isDifference }) => isDifference), expected: rows.map(({ expected }) => expected) }
}

t.test('the first step that differs is marked, and only that', async (t) => {
  const expected = { verdict: 'redirected', listener: 'outbound', then: ['inbound', 'app'] } as const
  t.equal(marked(expected, 'inbound', 'app').row, 0)
  t.equal(marked(expected, 'outbound', 'app').row, 1)
  t.equal(marked(expected, 'outbound', 'inbound', 'refused').row, 2)
  t.equal(marked(expected, 'outbound', 'inbound').row, 2, 'a step that is missing')
  t.equal(marked(expected, 'outbound', 'inbound', 'app', 'app').row, 3, 'a step too many')
})

t.test('an open end lets the other listener pass, but none twice', async (t) => {
  const expected = { verdict: 'redirected', listener: 'outbound' } as const
  t.same(marked(expected, 'outbound', 'inbound', 'refused'), {
    row: 2,
    expected: ["proxy's outbound listener", '(on the way)', 'whoever owns the original destination'],
  })
  t.equal(marked(expected, 'outbound', 'outbound', 'peer').row, 1)
})

t.test('a captured flow may go on anywhere, but meets no listener twice', async (t) => {
  const expected = { verdict: 'captured', listener: 'outbound' } as const
  t.same(
    marked(expected, 'outbound', 'inbound', 'peer'),
    {
      row: 0,
      expected: ["proxy's outbound listener", '(anywhere)', '(anywhere)'],
    },
    'where no step differs, it is what the listener reads',
  )
  t.equal(marked(expected, 'outbound', 'inbound', 'outbound').row, 2)
  t.equal(marked(expected, 'peer').row, 0)
  t.equal(marked({ ...expected, then: ['peer'] }, 'outbound', 'app').row, 1)
})

t.test('a direct flow passes nothing', async (t) => {
  t.equal(marked({ verdict: 'direct' }, 'outbound', 'peer').row, 0)
  t.equal(marked({ verdict: 'direct', answeredBy: 'app' }, 'peer').row, 0)
})

t.test('where no kind of station differs, the end is marked', async (t) => {
  t.equal(marked({ verdict: 'redirected', listener: 'outbound' }, 'outbound', 'peer').row, 1)
})
