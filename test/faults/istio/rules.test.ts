import t, { type Test } from 'tap'
import { backends } from '../../../harness/flow/backend.ts'
import { NamespaceSandbox } from '../../../harness/sandbox/namespaces.ts'
import { use } from '../../helpers/use.ts'
import type { Fault } from '../fault.ts'
import { changedSource, inject } from '../faulty-source.ts'
import { becomes, find, inWords, runSuite } from '../suite.ts'
import { faults } from './faults.ts'

const sandbox = use(t, await NamespaceSandbox.create())
const release = '1.31'
const sourceOf = (id: string, change: (text: string) => string) =>
  changedSource(id, release, change, undefined, 'istio')

t.test('istio@1.31 without a fault keeps every promise that a fault breaks', async (t) => {
  const promised = [...new Map(faults.map(({ promised }) => [find(promised), promised])).values()]
  const results = await runSuite(sandbox, {
    mesh: 'istio',
    release,
    source: sourceOf('istio@1.31 as it is', (text) => text),
    promised,
  })
  t.same(results.filter(({ status }) => status !== 'passed').map(inWords), [])
})

t.test('a fault in istio@1.31 is caught', { jobs: 8 }, async (t) => {
  for (const fault of faults) t.test(`${fault.rule}: ${fault.fault}`, { buffered: true }, (t) => isCaught(t, fault))
})

async function isCaught(
  t: Test,
  { rule, fault, edit, promised, flow, after, family, becomes: expected }: Fault,
): Promise<void> {
  const source = sourceOf(`istio@1.31 with a fault: ${rule}: ${fault}`, (text) => inject(text, rule, edit))
  const results = await runSuite(sandbox, {
    mesh: 'istio',
    release,
    source,
    promised: [promised],
    flow: after === undefined ? flow : [after, flow],
  })
  const own = results.filter(
    ({ check }) => check.id.includes(`/${flow}/`) && (family === undefined || check.family === family),
  )
  t.same(
    own.map((result) => [result.check.backend, result.status, becomes(result)]).sort(),
    [...backends].sort().map((backend) => [backend, 'failed', expected]),
    `${promised.file}: ${promised.title}: ${flow}`,
  )
}
