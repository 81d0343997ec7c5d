import t from 'tap'
import { findMesh } from '../../harness/mesh/index.ts'
import { makePlan } from '../../harness/run/plan/plan.ts'
import { describeWithout, hasAny, readWithout } from '../../harness/run/plan/without.ts'
import { app, osm, scenario } from '../../harness/scenario/dsl.ts'
import { options, source } from './options.ts'

const flows = [app.tcp('203.0.113.10:80').isRedirected('outbound')]
const plain = scenario('plain', { rules: osm(), flows })
const ports = scenario('ports', { rules: osm({ inboundPortExclusionList: [80] }), flows })
const both = scenario('both', { rules: osm({ localProxyMode: 'PodIP', inboundPortExclusionList: [80] }), flows })
const scenarios = [plain, ports, both]

t.test('scenarios with an option that a builder does not have are left out, and counted by its name', async (t) => {
  const without = readWithout(['inboundPortExclusionList', 'localProxyMode'], findMesh('osm'))
  const { jobs, leftOut } = makePlan(options({ scenarios, source: source(), without }))
  t.same([jobs.map(({ scenario }) => scenario.title), leftOut], [['plain'], 2])
  t.equal(
    describeWithout(without, scenarios),
    'left out, since the builder does not have these options: 2 scenarios: inboundPortExclusionList (1), localProxyMode (1)',
  )
})

t.test('an option that the mesh does not have is refused with the nearest one', async (t) => {
  t.throws(() => readWithout(['localProxymode'], findMesh('osm')), {
    fault: 'input',
    message: "--without: unknown option 'localProxymode', did you mean 'localProxyMode'?",
  })
  t.ok(readWithout(['traffic.sidecar.istio.io/excludeInterfaces'], findMesh('istio')), 'annotations are options, too')
  t.throws(() => readWithout(['anything'], findMesh('kuma')), { message: /the options of Kuma are not known here/ })
})

t.test('a variable within a field is an option of its own, and an annotation may hold one', async (t) => {
  const without = readWithout(['ISTIO_META_DNS_CAPTURE', 'interceptionMode'], findMesh('istio'))
  const had = [
    { config: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } }, podAnnotations: {} },
    { config: { proxyMetadata: { INVALID_DROP: 'true' } }, podAnnotations: {} },
    { config: {}, podAnnotations: { 'proxy.istio.io/config': 'interceptionMode: TPROXY' } },
    { config: {}, podAnnotations: { 'proxy.istio.io/config': 'proxyMetadata: { INVALID_DROP: "true" }' } },
  ]
  t.same(
    had.map((config) => hasAny(without, config)),
    ['ISTIO_META_DNS_CAPTURE', undefined, 'interceptionMode', undefined],
  )
  t.throws(() => readWithout(['ISTIO_META_DNS_CAPTUR'], findMesh('istio')), {
    message: "--without: unknown option 'ISTIO_META_DNS_CAPTUR', did you mean 'ISTIO_META_DNS_CAPTURE'?",
  })
})
