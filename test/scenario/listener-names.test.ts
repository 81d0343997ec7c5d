import t from 'tap'
import { listenerProblems } from '../../harness/scenario/listener-names.ts'
import type { ExpectedFlow } from '../../harness/scenario/scenario.ts'
import { app, istio, osm, ruleText, scenario } from '../../harness/scenario/dsl.ts'

const location = { file: 'own.ts', line: 7 }
const { flow } = app.tcp('203.0.113.10:80').isDirect()
const expecting = (expected: ExpectedFlow['expected']) => [{ flow, expected, location }]
const what = (expected: ExpectedFlow['expected']) =>
  listenerProblems('osm', expecting(expected)).map(({ what, hint }) => `${what}; ${hint}`)

t.test("a name that the scenario's mesh gives to no listener is told where the flow is written", async (t) => {
  t.same(listenerProblems('osm', expecting({ verdict: 'redirected', listener: 'dns' })), [
    { name: 'dns', what: "OSM has no listener 'dns'", hint: 'write one of outbound, inbound', at: location },
  ])
  t.same(what({ verdict: 'captured', listener: 'outbond' }), ["OSM has no listener 'outbond'; write outbound"])
  t.same(what({ verdict: 'redirected', listener: 'outbound', then: ['inbund', 'app'] }), [
    "OSM has no listener 'inbund'; write inbound",
  ])
  t.same(what({ verdict: 'direct', answeredBy: 'envoy-probes' }), [
    "OSM has no listener 'envoy-probes'; write envoy-probe",
  ])
  t.same(what({ verdict: 'translated', to: 'pod:80', then: ['outbound', 'envoy-dns'] }).length, 1)
})

t.test('its own listeners, its ports, hosts and ends pass', async (t) => {
  t.same(what({ verdict: 'redirected', listener: 'outbound', then: ['inbound', 'app'] }), [])
  t.same(what({ verdict: 'direct', answeredBy: 'envoy-probe' }), [])
  t.same(what({ verdict: 'captured', listener: 'inbound', then: ['self'] }), [])
  t.same(what({ verdict: 'dropped' }), [])
})

t.test("the compiler knows a mesh's listeners", async (t) => {
  const to = app.tcp('203.0.113.10:80')
  t.doesNotThrow(() =>
    scenario('right', { rules: istio(), flows: [to.isRedirected('outbound', { then: ['inbound', 'app'] })] }),
  )
  t.doesNotThrow(() =>
    scenario('text', { rules: ruleText('osm', '*nat\nCOMMIT'), flows: [to.isRedirected('outbound')] }),
  )
  const kept: ExpectedFlow[] = [to.isDirect()]
  t.doesNotThrow(() => scenario('kept', { rules: osm(), flows: [...kept, app.tcp('203.0.113.10:81').isRefused()] }))
  // @ts-expect-error: none of OSM's.
  t.throws(() => scenario('wrong', { rules: osm(), flows: [to.isRedirected('dns')] }), /no listener 'dns'/)
  const inJourney = to.isRedirected('outbound', { then: ['dns'] })
  // @ts-expect-error: the same in a journey.
  t.throws(() => scenario('wrong', { rules: osm(), flows: [inJourney] }), /no listener 'dns'/)
  // @ts-expect-error: nobody's.
  t.throws(() => scenario('wrong', { rules: istio(), flows: [to.isCaptured('outbond')] }), /outbond/)
})
