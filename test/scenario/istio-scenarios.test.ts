import { join } from 'node:path'
import t from 'tap'
import { findMesh } from '../../harness/mesh/index.ts'
import { loadScenarios } from '../helpers/load-scenarios.ts'
import { includesRelease } from '../../harness/scenario/releases.ts'

const { releases: known } = findMesh('istio')
const scenarios = await loadScenarios(join(import.meta.dirname, '../../scenarios/istio'))

t.test('there are enough of them, for every release', async (t) => {
  t.ok(scenarios.length >= 210, `${scenarios.length} scenarios`)
  for (const release of known) {
    const own = scenarios.filter(({ releases }) => includesRelease(releases, release))
    t.ok(own.length >= 100, `${own.length} scenarios for ${release}`)
  }
})

t.test('a title says for which releases it holds', async (t) => {
  for (const { title, releases } of scenarios) {
    const { from, to } = releases
    if (from === undefined && to === undefined) continue
    const named = from === to ? from : from === undefined ? `up to ${to}` : `from ${from}`
    t.ok(title.startsWith(`${named}`), `${title} (${named})`)
  }
})

/** Reports of users, by the repository that they are in; what became of each is in its scenario. */
const reports = [
  ...[
    4286, 27202, 6576, 23802, 12551, 15171, 19308, 12110, 14242, 14443, 17261, 45338, 6027, 32677, 36509, 7182, 11321,
    27728,
  ],
  ...[33469, 6568, 51377, 53949, 53998, 38982, 7136, 19564, 46625, 35310, 37410, 42792, 24148, 44843],
  ...[15519, 57385, 54448, 30674, 48368],
].map((number) => `istio#${number}`)

t.test('every report that flows can show has a scenario', async (t) => {
  const tags = new Set(scenarios.flatMap((scenario) => scenario.tags))
  for (const report of reports) t.ok(tags.has(report), report)
})
