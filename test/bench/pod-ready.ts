import { performance } from 'node:perf_hooks'
import { planJob } from '../../harness/run/plan/plan-job.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { app, osm, scenario } from '../../harness/scenario/dsl.ts'
import { osm as mesh } from '../../harness/mesh/osm/index.ts'
import { builtinSource } from '../../harness/source/kinds/builtin.ts'

const pods = 40
const atOnce = 8

/**
 * Milliseconds a pod (namespaces, links, osm@1.2's rules on both backends in turn, listeners, one flow), as many under
 * way as `run` has by default.
 */
export async function podReady(kind: 'new' | 'used again'): Promise<number> {
  await using sandbox = await NamespaceSandbox.create()
  const example = scenario('bench', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] })
  const addresses = PodAddresses.of(example)
  const profile = mesh.profile('1.2')
  const source = builtinSource('osm@1.2', mesh, '1.2')
  const rules = await source.rules({
    schema: 'sidetrack.config/1',
    mesh: 'osm',
    config: {},
    podAnnotations: {},
    podIPs: ['10.244.0.5'],
    family: 'ipv4',
  })
  const planFor = (index: number) =>
    planJob(
      {
        scenario: example,
        backend: index % 2 === 0 ? 'nft' : 'legacy',
        profile,
        proxy: profile.proxy,
        source,
        checks: [],
      },
      addresses,
      rules ? [rules] : [],
    )
  const makeReady = async (index: number) => {
    const plan = planFor(index)
    const pod = await sandbox.stand(plan.pod)
    await pod.load(plan)
    return pod
  }
  const round = async (): Promise<number> => {
    const started = performance.now()
    let next = 0
    const lanes = Array.from({ length: atOnce }, async () => {
      while (next < pods) {
        const pod = await makeReady(next++)
        if (kind === 'used again') await pod[Symbol.asyncDispose]()
      }
    })
    await Promise.all(lanes)
    return (performance.now() - started) / pods
  }
  await (await makeReady(0))[Symbol.asyncDispose]()
  if (kind === 'used again') await round()
  return await round()
}
