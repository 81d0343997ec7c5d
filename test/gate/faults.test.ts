import t, { type Test } from 'tap'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { eraFFaults } from '../faults/era-f-faults.ts'
import type { Fault, HarmlessFault } from '../faults/fault.ts'
import { changedSource, inject } from '../faults/faulty-source.ts'
import { harmlessFaults } from '../faults/harmless-faults.ts'
import { inboundFaults } from '../faults/inbound-faults.ts'
import { dnsFaults } from '../faults/istio/dns-faults.ts'
import { inboundFaults as istioInbound } from '../faults/istio/inbound-faults.ts'
import { listFaults as istioLists } from '../faults/istio/list-faults.ts'
import { outboundFaults as istioOutbound } from '../faults/istio/outbound-faults.ts'
import { listFaults } from '../faults/list-faults.ts'
import { outboundFaults } from '../faults/outbound-faults.ts'
import { find } from '../faults/suite.ts'
import { use } from '../helpers/use.ts'
import { configOf, errorsOf, gateOf, inWords } from './gate-of.ts'

/**
 * Faults of the suite's own tests as pairs of builders: without any scenario, by witnesses alone. Every ninth in an ordinary run;
 * `SIDETRACK_WHOLE=1 npm test -- test/gate/faults.test.ts` takes all of them.
 */
const every = process.env['SIDETRACK_WHOLE'] === '1' ? 1 : 9

const sandbox = use(t, await NamespaceSandbox.create())

const faults: readonly [mesh: string, release: string, table: readonly Fault[]][] = [
  ['osm', '1.2', [...inboundFaults, ...outboundFaults, ...listFaults]],
  ['osm', '0.11', eraFFaults],
  ['istio', '1.31', [...istioInbound, ...istioOutbound, ...istioLists, ...dnsFaults]],
]

const sourceOf = (mesh: string, release: string, { rule, fault, edit }: Fault | HarmlessFault) =>
  changedSource(
    `${mesh}@${release} with a fault: ${rule}: ${fault}`,
    release,
    (text) => inject(text, rule, edit),
    undefined,
    mesh,
  )

const asItIs = (mesh: string, release: string) =>
  changedSource(`${mesh}@${release}`, release, (text) => text, undefined, mesh)

for (const [mesh, release, table] of faults) {
  t.test(`a fault in ${mesh}@${release} is gated`, { jobs: 4 }, async (t) => {
    for (const fault of table.filter((_, index) => index % every === 0))
      t.test(`${fault.rule}: ${fault.fault}`, { buffered: true }, (t) => isGated(t, mesh, release, fault))
  })
}

async function isGated(t: Test, mesh: string, release: string, fault: Fault): Promise<void> {
  const family = fault.flow.includes('[') ? 'ipv6' : 'ipv4'
  const result = await gateOf(sandbox, {
    mesh,
    baseline: asItIs(mesh, release),
    candidate: sourceOf(mesh, release, fault),
    configs: [configOf(find(fault.promised))],
    families: [family],
    // What only a second flow meets, or one whose proxy is down, is for a scenario to show.
    ...((fault.after !== undefined || find(fault.promised).proxy !== 'up') && { scenarios: [find(fault.promised)] }),
  })
  t.same(errorsOf(result), [])
  t.not(result.changes.length, 0, result.coverage.lines(0).join('; '))
}

t.test('a fault that changes no behaviour is silent', { jobs: 4 }, async (t) => {
  for (const fault of harmlessFaults.filter((_, index) => index % every === 0)) {
    t.test(`${fault.rule}: ${fault.fault}`, { buffered: true }, async (t) => {
      const configs = [
        ...new Map(
          fault.unchanged.map(find).map((scenario) => [JSON.stringify(scenario.rules), configOf(scenario)]),
        ).values(),
      ]
      const result = await gateOf(sandbox, {
        baseline: asItIs('osm', '1.2'),
        candidate: sourceOf('osm', '1.2', fault),
        configs,
      })
      t.same([inWords(result), errorsOf(result)], [[], []], fault.why)
      t.equal(result.coverage.isWhole, true)
    })
  }
})
