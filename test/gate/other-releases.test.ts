import t from 'tap'
import { osm, scenario } from '../../harness/scenario/dsl.ts'
import { app } from '../../harness/scenario/flows.ts'
import { openSandbox } from '../sandbox/open.ts'
import { changedSource } from '../faults/faulty-source.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'

const sandbox = await openSandbox(t)

/** Of an external builder the release is not known: it is held to the newest one. */
const external = (change: (text: string) => string) => {
  const { profile: _, ...source } = changedSource('exec:./builder', '1.2', change)
  return source
}

const flows = [app.tcp('203.0.113.10:80').isRedirected('outbound')]
const older = scenario('of an older release', { rules: osm(), releases: '<=0.11', apply: { times: 2 }, flows })
const current = scenario('of any release', { rules: osm(), flows })

t.test('a scenario of another release alone is none of either side, and nothing has changed', async (t) => {
  const baseline = changedSource('osm@1.2', '1.2', (text) => text)
  const asked = { baseline, candidate: external((text) => text), families: ['ipv4'] as const }
  for (const scenarios of [[older], [older, current]]) {
    const result = await gateOf(sandbox, { ...asked, scenarios })
    t.same([inWords(result), errorsOf(result)], [[], []])
  }
})

t.test('beside it what has changed is still told', async (t) => {
  const baseline = changedSource('osm@1.2', '1.2', (text) => text)
  const candidate = external((text) => text.replace('--to-port 15001', '--to-port 15002'))
  const result = await gateOf(sandbox, { baseline, candidate, families: ['ipv4'], scenarios: [older, current] })
  t.same(errorsOf(result), [])
  t.ok(result.changes.some(({ id }) => id.includes('/of-any-release/')))
  t.notOk(result.changes.some(({ id }) => id.includes('/of-an-older-release/')))
})
