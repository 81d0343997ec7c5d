import t from 'tap'
import type { Hop, Station } from '../../../harness/flow/verdict.ts'
import { journeyRows } from '../../../harness/report/describing/journey.ts'
import type { Parting } from '../../../harness/run/checks/parting.ts'

const dialled = { address: '203.0.113.10', port: 80 }
const identity = { uid: 1000, gid: 1000, groups: [] }
const hops = (...stations: Station[]): Hop[] => stations.map((at) => ({ at, dialled, identity }))
const rows = (journey: Hop[], parting: Parting) =>
  journeyRows({ observed: { verdict: 'redirected', journey }, parting })

t.test('each step has what was expected beside it, and the step where the judge saw them part its mark', async (t) => {
  const expected: Parting['expected'] = [
    { kind: 'station', at: 'outbound' },
    { kind: 'on-the-way' },
    { kind: 'owner', of: 'the original destination' },
  ]
  const found = rows(hops('outbound', 'inbound', 'refused'), { at: 2, expected })
  t.same(
    found.map((row) => [row.expected, row.isDifference]),
    [
      ["proxy's outbound listener", false],
      ['(on the way)', false],
      ['whoever owns the original destination', true],
    ],
  )
  t.match(found[2]?.observed, /^refused \(/)
})

t.test('a dash stands for a step that is missing, and for one too many', async (t) => {
  const outbound = { kind: 'station', at: 'outbound' } as const
  t.same(
    rows(hops('outbound'), { at: 1, expected: [outbound, { kind: 'anywhere' }] }).map(({ expected, observed }) => [
      expected,
      observed,
    ])[1],
    ['(anywhere)', '–'],
  )
  t.match(rows(hops('outbound', 'peer'), { at: 1, expected: [outbound] })[1], { expected: '–', isDifference: true })
})

t.test('nothing was observed: there is nothing to lay side by side', async (t) => {
  t.same(journeyRows({}), [])
})
