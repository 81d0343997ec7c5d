import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { findBuilder } from '../../harness/mesh/index.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { builtinSource } from '../../harness/source/kinds/builtin.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { use } from '../helpers/use.ts'
import { promised } from './fault.ts'
import { excludedInterface, included, inboundPort, oneAddress, outboundPort, podIp } from './promises.ts'
import { becomes, runSuite } from './suite.ts'

const release = '1.2'
const sandbox = use(t, await NamespaceSandbox.create())
const builder = builtinSource(`osm@${release}`, findBuilder('osm'), release)

/** The built-in builder, deaf to one option of the mesh's or annotation of the pod's. */
function deafTo(option: string): RuleSource {
  const without = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => name !== option))
  const rules: RuleSource['rules'] = ({ config, podAnnotations, ...request }) =>
    builder.rules({ ...request, config: without(config), podAnnotations: without(podAnnotations) })
  return { ...builder, id: `osm@${release} without ${option}`, rules }
}

const captured = 'redirected: outbound → peer'

const rows = [
  ['outboundPortExclusionList', outboundPort, 'app-tcp-203.0.113.10:6379', captured],
  ['inboundPortExclusionList', inboundPort, 'remote-tcp-pod:5432', 'redirected: inbound → app'],
  ['outboundIPRangeExclusionList', oneAddress, 'app-tcp-1.1.1.1:443', captured],
  ['outboundIPRangeInclusionList', included, 'app-tcp-198.51.100.10:443', captured],
  ['networkInterfaceExclusionList', excludedInterface, 'remote.net1-tcp-pod.net1:8080', 'redirected: inbound → app'],
  ['localProxyMode', podIp, 'proxy-tcp-lo:8080', 'direct: app'],
  [
    'openservicemesh.io/outbound-port-exclusion-list',
    promised('outbound-port-exclusions', 'outbound ports by pod annotation, with spaces after commas'),
    'app-tcp-203.0.113.10:7070',
    captured,
  ],
  [
    'openservicemesh.io/inbound-port-exclusion-list',
    promised('inbound-port-exclusions', 'inbound ports by pod annotation, with spaces after commas'),
    'remote-tcp-pod:6060',
    'redirected: inbound → app',
  ],
  [
    'openservicemesh.io/outbound-ip-range-exclusion-list',
    promised('ip-range-exclusions', 'from 1.1: excluded ranges by pod annotation, with spaces after commas'),
    'app-tcp-2.2.2.255:443',
    captured,
  ],
  [
    'openservicemesh.io/outbound-ip-range-inclusion-list',
    promised('ip-range-inclusions', 'included ranges by pod annotation, with spaces after commas'),
    'app-tcp-192.0.2.10:443',
    captured,
  ],
] as const

for (const [option, promise, flow, becoming] of rows) {
  t.test(`a builder that is deaf to ${option} is caught`, async (t) => {
    const results = await runSuite(sandbox, { release, source: deafTo(option), promised: [promise], flow })
    t.same(
      results.map((result) => [result.check.backend, result.status, becomes(result)]).sort(),
      [...backends].sort().map((backend) => [backend, 'failed', becoming]),
      `${promise.file}: ${promise.title}: ${flow}`,
    )
  })
}
