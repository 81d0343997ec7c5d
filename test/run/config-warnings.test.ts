import t from 'tap'
import { configWarnings, scenarioWarnings } from '../../harness/run/schedule/config-warnings.ts'
import { planJobs } from '../../harness/run/plan/plan.ts'
import { app, istio, osm, scenario } from '../../harness/scenario/dsl.ts'
import { findMesh } from '../../harness/mesh/index.ts'

const spaced = { excludeIPRanges: '10.0.0.0/8, 192.168.0.0/16' }
const made = (title: string, config: object, releases = '1.17') =>
  scenario(title, { rules: istio(config), releases, flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] })
const warnings = (scenarios: ReturnType<typeof scenario>[], saysAll = false) =>
  scenarioWarnings(planJobs({ scenarios, backends: ['nft', 'legacy'] }).jobs, saysAll)

t.test('a config that its mesh does not do as it says', async (t) => {
  const profile = findMesh('istio').profile('1.17')
  t.match(configWarnings(profile, { config: spaced, podAnnotations: {} }), [
    /^warning: excludeIPRanges: " 192\.168\.0\.0\/16" is not a range/,
  ])
  t.same(configWarnings(profile, { config: {}, podAnnotations: {} }), [])
  t.same(
    configWarnings(findMesh('kuma').profile(''), { config: {}, podAnnotations: {} }),
    [],
    'a mesh of which only the promises are known',
  )
})

t.test('scenarios say it once for all backends, with their place', async (t) => {
  const found = warnings([
    made('spaced', spaced),
    scenario('plain', { rules: osm(), flows: [app.tcp('pod:80').isDirect()] }),
  ])
  t.match(found, [/^warning: istio\/config-warnings\.test:\d+: excludeIPRanges: " 192/])
})

t.test('many are counted, unless all are asked for', async (t) => {
  const many = ['a', 'b', 'c', 'd'].map((title) => made(title, spaced))
  t.same(warnings(many), ['warning: 4 configs of scenarios say what their mesh does not do; --verbose lists them'])
  t.equal(warnings(many, true).length, 4)
})
