import { join } from 'node:path'
import t from 'tap'
import { backends } from '../../../harness/flow/backend.ts'
import { run } from '../../../harness/run/schedule/run.ts'
import { ContainerSandbox } from '../../../harness/sandbox/container/container.ts'
import { NamespaceSandbox } from '../../../harness/sandbox/namespaces.ts'
import { imageOf } from '../../../harness/sandbox/engine/own-images.ts'
import type { Sandbox } from '../../../harness/sandbox/sandbox.ts'
import { loadScenarios } from '../../helpers/load-scenarios.ts'
import { Heard, options } from '../../run/options.ts'
import { use } from '../../helpers/use.ts'
import { engineWith } from '../engine.ts'

const engine = await engineWith(['bookworm'])
if (typeof engine === 'string') t.plan(0, engine)
else {
  /** The suite's promises are held in containers by `npm run conformance:container`; here also what is seen beside a verdict. */
  const isIn = (index: number): boolean => process.env['SIDETRACK_WHOLE'] === '1' || index % 3 === 0

  t.test('both sandboxes come to the same, check by check, over the suite on both backends', async (t) => {
    const scenarios = (await loadScenarios(join(import.meta.dirname, '../../../scenarios'))).filter((_, index) =>
      isIn(index),
    )
    const resultsIn = async (sandbox: Sandbox): Promise<Map<string, unknown>> => {
      const heard = new Heard()
      await run(options({ scenarios, backends, jobs: 8, sandbox }), heard.listen)
      return new Map(
        heard.results.map(({ check, status, observed, reason, rules: { applied } }) => [
          check.id,
          { status, observed, reason, applied },
        ]),
      )
    }
    const inNamespaces = await resultsIn(use(t, await NamespaceSandbox.create()))
    const inContainer = await resultsIn(use(t, await ContainerSandbox.create(imageOf('bookworm'))))
    t.ok(inNamespaces.size > 1_500, `${inNamespaces.size} checks`)
    t.same([...inContainer.keys()].sort(), [...inNamespaces.keys()].sort(), 'the same checks')
    const differing = [...inNamespaces].flatMap(([id, result]) => {
      const other = inContainer.get(id)
      return JSON.stringify(result) === JSON.stringify(other) ? [] : [{ id, inNamespaces: result, inContainer: other }]
    })
    t.same(differing, [])
  })
}
