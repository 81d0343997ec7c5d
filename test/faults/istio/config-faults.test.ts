import t from 'tap'
import { findBuilder } from '../../../harness/mesh/index.ts'
import { NamespaceSandbox } from '../../../harness/sandbox/namespaces.ts'
import { readSourceText } from '../../../harness/source/rules/text.ts'
import { use } from '../../helpers/use.ts'
import { type Builder, SuiteByModel } from '../by-model.ts'
import { runSuite } from '../suite.ts'
import { configFaults } from './config-faults.ts'

const release = '1.31'
const mesh = findBuilder('istio')
const suite = await SuiteByModel.of('istio', release)

/** What changes no rule that any flow is asked about, and why. */
const harmless = new Map([['deaf to ISTIO_AGENT_DUAL_STACK', 'it is what 1.17 reads']])

t.test('without a fault no promise is broken', async (t) => {
  t.equal(
    suite.broken((request) => `${mesh.build(release, request)}# as it is\n`),
    undefined,
  )
})

t.test('every fault in what a builder makes of config and annotations breaks a promise', async (t) => {
  const left: [string, Builder][] = []
  for (const [fault, builder] of configFaults) {
    if (harmless.has(fault)) continue
    const broken = suite.broken(builder)
    if (broken === undefined && suite.differing(builder).length > 0) left.push([fault, builder])
    else t.ok(broken, `${fault}: ${broken?.check ?? 'no scenario asks for what would show it'}`)
  }
  // What the model does not foresee the kernel tells.
  const sandbox = use(t, await NamespaceSandbox.create())
  for (const [fault, builder] of left) {
    const id = `istio@${release} with a fault: ${fault}`
    const source = {
      id,
      kind: 'builder' as const,
      profile: (request?: Parameters<typeof mesh.profile>[1]) => mesh.profile(release, request),
      text: async (request: Parameters<Builder>[0]) => builder(request),
      rules: async (request: Parameters<Builder>[0]) => readSourceText(builder(request), request, id, 'sidetrack'),
    }
    const promised = suite.differing(builder)
    const results = await runSuite(sandbox, { mesh: 'istio', release, source, promised, backends: ['nft'] })
    t.ok(
      results.some(({ status }) => status === 'failed'),
      `${fault}: ${promised[0]?.file}: ${promised[0]?.title}`,
    )
  }
})

t.test('what is harmless breaks none', async (t) => {
  for (const [fault, builder] of configFaults.filter(([fault]) => harmless.has(fault)))
    t.equal(suite.broken(builder), undefined, `${fault}: ${harmless.get(fault)}`)
})
