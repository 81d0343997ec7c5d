import t from 'tap'
import { Differences } from '../../harness/findings/differences.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'
import { failed, passed } from '../report/example.ts'

const places = [
  ['nft', 'container a'],
  ['legacy', 'container a'],
  ['nft', 'container b'],
  ['legacy', 'container b'],
] as const

/** The same check in another place. */
function inPlace(result: CheckResult, [backend, environment]: (typeof places)[number]): CheckResult {
  const id = `${result.check.id.replace('/nft/', `/${backend}/`)}/${environment.at(-1)}`
  return { ...result, environment, check: { ...result.check, id, backend } }
}

function findingsOf(results: readonly CheckResult[]) {
  const differences = new Differences()
  for (const result of results) differences.add(result)
  return differences.findings()
}

t.test('what is the same everywhere is no finding, even where all of it is wrong', async (t) => {
  t.same(findingsOf(places.map((place) => inPlace(failed, place))), [])
  t.same(findingsOf([]), [])
})

t.test('another behaviour in one place is a finding that names every place', async (t) => {
  const [finding, ...more] = findingsOf(places.map((place, index) => inPlace(index === 2 ? failed : passed, place)))
  t.same(more, [])
  t.equal(finding?.kind, 'difference')
  t.equal(finding?.id, 'osm/exclusions/excluded ports stay direct/app-tcp-203.0.113.10:6379/ipv4')
  t.same(
    finding?.behaviours.map(({ places }) => places.map(({ backend, environment }) => `${backend} ${environment}`)),
    [['legacy container a', 'nft container a', 'legacy container b'], ['nft container b']],
  )
  t.match(finding?.behaviours[1]?.behaviour, { observed: { verdict: 'redirected' } })
})

t.test('it is behaviour that is compared: neither status and reason nor what witnesses note', async (t) => {
  const other: CheckResult = { ...passed, status: 'failed', reason: 'another', durationMs: 9 }
  const noted: CheckResult = {
    ...passed,
    observed: { ...passed.observed, notes: ['an answer was lost'] } as NonNullable<CheckResult['observed']>,
  }
  t.same(findingsOf([inPlace(passed, places[0]), inPlace(other, places[1]), inPlace(noted, places[2])]), [])
})

t.test('a journey that goes on elsewhere is a difference, though verdict and status are the same', async (t) => {
  const observed = failed.observed as NonNullable<CheckResult['observed']>
  const shorter = { ...failed, observed: { ...observed, journey: observed.journey.slice(0, 1) } }
  t.equal(findingsOf([inPlace(failed, places[0]), inPlace(shorter, places[1])]).length, 1)
})

t.test('rules that only some accept are one finding a scenario, not one a flow', async (t) => {
  const { observed: _, ...unseen } = passed
  const rejected = (message: string): CheckResult => ({
    ...unseen,
    status: 'error',
    rules: { source: 'osm@1.2', applied: { ok: false, line: 3, text: '-A X', message, leaves: 'nothing' } },
  })
  const twice = (result: CheckResult, place: (typeof places)[number]) => [
    inPlace(result, place),
    inPlace({ ...result, check: { ...result.check, id: result.check.id.replace('6379', '6380') } }, place),
  ]
  const found = findingsOf([...twice(passed, places[0]), ...twice(rejected('one way'), places[1])])
  t.match(found, [
    {
      id: 'osm/exclusions/excluded ports stay direct',
      behaviours: [{ behaviour: { applied: { line: 3, leaves: 'nothing' } } }, {}],
    },
  ])
  t.equal(found.length, 1)
  t.same(
    findingsOf([...twice(rejected('one way'), places[0]), ...twice(rejected('in other words'), places[1])]),
    [],
    'what a version says of it is its own',
  )
})

t.test('what could not be observed is compared with nothing', async (t) => {
  const { observed: _, ...unseen } = passed
  const broken: CheckResult = { ...unseen, status: 'error', fault: 'machine', rules: { source: 'osm@1.2' } }
  t.same(findingsOf([inPlace(passed, places[0]), inPlace(broken, places[1])]), [])
})

t.test('with --repeat, a place that does now one thing and now another differs from one that does not', async (t) => {
  const found = findingsOf([inPlace(passed, places[0]), inPlace(passed, places[1]), inPlace(failed, places[1])])
  t.same(found[0]?.behaviours.map(({ places }) => places.length).sort(), [1, 2])
})
