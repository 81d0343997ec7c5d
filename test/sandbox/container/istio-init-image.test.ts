import { join } from 'node:path'
import t from 'tap'
import { run } from '../../../harness/run/schedule/run.ts'
import { InitImageSandbox } from '../../../harness/sandbox/container/init-image.ts'
import type { Engine } from '../../../harness/sandbox/engine/container-engine.ts'
import { imageOf } from '../../../harness/sandbox/engine/own-images.ts'
import { app, istio, scenario } from '../../../harness/scenario/dsl.ts'
import { loadScenarios } from '../../helpers/load-scenarios.ts'
import type { Scenario } from '../../../harness/scenario/scenario.ts'
import { Heard, options } from '../../run/options.ts'
import { use } from '../../helpers/use.ts'
import { engineWith } from '../engine.ts'
import { makeInitImage } from '../init-images.ts'
import { standIn } from '../stand-in-istio-iptables.ts'

const engine = await engineWith(['bookworm'])
if (typeof engine === 'string') t.plan(0, engine)
else await testWith(engine)

async function testWith(engine: Engine): Promise<void> {
  const image = await makeInitImage(engine, t, 'nft', { program: standIn })
  const sandbox = use(t, await InitImageSandbox.create(imageOf('bookworm'), image, {}))
  const heardOf = async (scenarios: readonly Scenario[]): Promise<Heard> => {
    const heard = new Heard()
    const where = [{ sandbox: Promise.resolve(sandbox), initContainers: true as const }]
    await run(
      options({ scenarios, mesh: { name: 'istio', release: '1.31' }, backends: ['nft'], jobs: 2, where }),
      heard.listen,
    )
    return heard
  }

  t.test(
    "Istio's init container is run with its own arguments, and the rules are those that it has loaded",
    async (t) => {
      const folder = join(import.meta.dirname, '../../../scenarios/istio')
      const scenarios: Scenario[] = []
      const isPlain = ({ rules }: Scenario) =>
        rules.kind === 'config' && Object.keys({ ...rules.config, ...rules.podAnnotations }).length === 0
      for (const name of ['inbound', 'identities'])
        scenarios.push(...(await loadScenarios(join(folder, `${name}.ts`))).filter(isPlain).slice(0, 2))
      const { results } = await heardOf(scenarios)
      t.ok(results.length > 15, `${results.length} checks`)
      for (const { check, status, reason, rules, observed, predicted, decidedBy } of results) {
        t.equal(status, 'passed', `${check.id}: ${reason ?? ''}`)
        t.match(rules.initContainers, [{ name: 'istio-init', image, reason: 'Completed', exitCode: 0 }])
        t.match(predicted, { verdict: observed?.verdict }, 'the model has been told them')
        t.ok(
          decidedBy?.observed?.every(({ comment }) => comment === 'stand-in'),
          'and so has who says which of them decided',
        )
        t.equal(decidedBy?.divergesAt, undefined)
      }
      t.ok(results.filter(({ decidedBy }) => (decidedBy?.observed ?? []).length > 0).length > 10)
    },
  )

  t.test('what its program refuses is told with its exit code and its log', async (t) => {
    const rules = istio({ interceptionMode: 'TPROXY' })
    const { results } = await heardOf([
      scenario('transparent', { rules, flows: [app.tcp('peer:80').isRedirected('outbound')] }),
    ])
    t.match(results, [
      {
        status: 'error',
        fault: 'rules',
        reason: /^the init container istio-init has ended with Error, exit code 4: the stand-in knows/,
      },
    ])
  })

  t.test('what no init container of a pod makes is left out, and counted', async (t) => {
    const flows = [app.tcp('203.0.113.10:80').isRedirected('outbound')]
    const { events, results } = await heardOf([
      scenario('by CNI', { rules: istio({ cni: true }), flows }),
      scenario('beside others', {
        rules: istio(),
        beside: { before: '*filter\n-A OUTPUT -j ACCEPT\nCOMMIT\n' },
        flows,
      }),
      // ::6 is on lo then, where the proxy listens as well.
      scenario('dual stack', { rules: istio({ proxyMetadata: { ISTIO_DUAL_STACK: 'true' } }), flows }),
    ])
    t.same(
      results.map(({ reason }) => reason),
      [undefined],
    )
    t.match(events.at(-1), { type: 'end', summary: { checks: 1, passed: 1, leftOut: 2 } })
  })
}
