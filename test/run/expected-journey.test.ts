import t from 'tap'
import type { Expected, Hop, Station } from '../../harness/flow/verdict.ts'
import { expectedJourney, firstDifference } from '../../harness/run/checks/expected-journey.ts'

const dialled = { address: '203.0.113.10', port: 80 }
const identity = { uid: 1000, gid: 1000, groups: [] }
const hops = (...stations: Station[]): Hop[] => stations.map((at) => ({ at, dialled, identity }))
const differs = (expected: Expected, ...stations: Station[]) =>
  firstDifference(expectedJourney(expected, stations.length), hops(...stations))
const kinds = (expected: Expected, length: number) =>
  expectedJourney(expected, length).map((step) => ('at' in step ? step.at : step.kind))

const toOutbound = { verdict: 'redirected', listener: 'outbound' } as const

t.test('an open end lets the other listener pass, but none twice', async (t) => {
  t.same(kinds(toOutbound, 1), ['outbound', 'owner'])
  t.same(kinds(toOutbound, 3), ['outbound', 'on-the-way', 'owner'])
  t.equal(differs(toOutbound, 'outbound', 'inbound', 'app'), undefined)
  t.equal(differs(toOutbound, 'outbound', 'outbound', 'peer'), 1)
  t.equal(differs(toOutbound, 'outbound', 'inbound', 'refused'), 2)
  t.equal(differs(toOutbound, 'outbound'), 1)
})

t.test('a journey that is spelt out is that one', async (t) => {
  const expected = { ...toOutbound, then: ['inbound', 'app'] } as const
  t.same(kinds(expected, 9), ['outbound', 'inbound', 'app'])
  t.equal(differs(expected, 'outbound', 'inbound', 'app'), undefined)
  t.equal(differs(expected, 'outbound', 'inbound', 'app', 'app'), 3)
})

t.test('a captured flow may go on anywhere, but meets no listener twice', async (t) => {
  const expected = { verdict: 'captured', listener: 'outbound' } as const
  t.same(kinds(expected, 3), ['outbound', 'anywhere', 'anywhere'])
  t.equal(differs(expected, 'outbound', 'inbound', 'refused'), undefined)
  t.equal(differs(expected, 'outbound', 'inbound', 'outbound'), 2)
  t.equal(differs(expected, 'outbound', 'looped'), 1)
})

t.test('what is not captured passes nothing', async (t) => {
  t.equal(differs({ verdict: 'direct' }, 'outbound', 'peer'), 0)
  t.equal(differs({ verdict: 'direct', answeredBy: 'app' }, 'peer'), 0)
  t.equal(differs({ verdict: 'translated', to: '203.0.113.99:81', then: ['app'] }, 'peer'), 1)
  t.equal(differs({ verdict: 'refused' }, 'refused'), undefined)
  t.equal(differs({ verdict: 'dropped' }, 'dropped'), undefined)
  t.equal(differs({ verdict: 'looped' }, 'outbound'), 0)
})
