import { join } from 'node:path'
import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { formatFlow } from '../../harness/flow/flow.ts'
import { findBuilder } from '../../harness/mesh/index.ts'
import { fileId } from '../../harness/scenario/load.ts'
import { loadScenarios } from '../helpers/load-scenarios.ts'
import { includesRelease } from '../../harness/scenario/releases.ts'
import type { ExpectedFlow, Scenario } from '../../harness/scenario/scenario.ts'

const mesh = findBuilder('osm')
const scenarios = await loadScenarios(join(import.meta.dirname, '../../scenarios/osm'))
const releasesOf = ({ releases }: Scenario) => mesh.releases.filter((release) => includesRelease(releases, release))

/** Families that a flow is checked in: a literal's own, a symbol's as the scenario or OSM's profile says. */
function familiesOf({ families }: Scenario, { flow: { destination } }: ExpectedFlow) {
  return destination.kind === 'literal' ? [destination.family] : (families ?? ['ipv4'])
}

const ids = scenarios.flatMap((scenario) =>
  scenario.flows.flatMap((flow) =>
    backends.flatMap((backend) =>
      familiesOf(scenario, flow).map((family) =>
        [scenario.mesh, fileId(scenario), scenario.title, formatFlow(flow.flow), backend, family].join('/'),
      ),
    ),
  ),
)

t.test('there are enough of them', async (t) => {
  t.ok(scenarios.length >= 60, `${scenarios.length} scenarios`)
  t.ok(ids.length >= 600, `${ids.length} checks`)
})

t.test('no two checks have one id', async (t) => {
  t.same(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
})

t.test('titles within a file differ by more than case and punctuation, since ids are made of them', async (t) => {
  const titles = scenarios.map(
    (scenario) => `${fileId(scenario)}/${scenario.title.toLowerCase().replace(/[^a-z0-9.]+/g, '-')}`,
  )
  t.same(
    titles.filter((title, index) => titles.indexOf(title) !== index),
    [],
  )
})

t.test('each runs at some built-in release', async (t) => {
  t.same(
    scenarios.filter((scenario) => releasesOf(scenario).length === 0).map(({ title }) => title),
    [],
  )
})

t.test('older releases are run where they differ, few enough for a process a rule', async (t) => {
  const older = scenarios.filter((scenario) => !releasesOf(scenario).includes('1.2'))
  t.ok(older.length >= 6 && older.length <= 9, `${older.length}`)
  t.same(
    older.filter(({ title }) => !title.startsWith('up to 0.11: ')).map(({ title }) => title),
    [],
  )
})

t.test('the built-in builder takes every config at every release in its range', async (t) => {
  for (const scenario of scenarios) {
    const { rules, title } = scenario
    if (rules.kind === 'text') continue
    for (const release of releasesOf(scenario)) {
      const request = {
        schema: 'sidetrack.config/1',
        mesh: 'osm',
        config: rules.config,
        podAnnotations: rules.podAnnotations,
        podIPs: ['10.244.0.5'],
        family: 'ipv4',
      } as const
      t.doesNotThrow(() => mesh.build(release, request), `${title} at ${release}`)
    }
  }
})
