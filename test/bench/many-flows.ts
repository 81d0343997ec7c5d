import { performance } from 'node:perf_hooks'
import type { Backend } from '../../harness/flow/backend.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { app, osm, proxy, remote, scenario } from '../../harness/scenario/dsl.ts'
import type { Scenario } from '../../harness/scenario/scenario.ts'

/**
 * Redirected outbound, redirected inbound and direct, each many times, with the whole way from scenario to result.
 * @param perKind how many flows of each of the three.
 */
export function manyFlows(perKind: number): Scenario {
  return scenario('many', {
    rules: osm(),
    flows: Array.from({ length: perKind }, (_, index) => [
      app.tcp(`203.0.${index >> 7}.${index % 128}:80`).isRedirected('outbound'),
      proxy.tcp(`203.0.${index >> 7}.${index % 128}:80`).isDirect(),
      remote.tcp(`pod:${2000 + index}`).isRedirected('inbound'),
    ]).flat(),
  })
}

/** @returns how many checks there were; all of them have passed. */
export async function drive(
  sandbox: Promise<Sandbox>,
  scenarios: readonly Scenario[],
  backends: readonly Backend[],
): Promise<number> {
  const { signal } = new AbortController()
  const summary = await run(
    {
      what: { scenarios, backends },
      where: [{ sandbox }],
      // As the command line has it for a report that tells of failures.
      how: { jobs: 8, repeat: 1, bail: false, tracesFailed: true, command: [], signal },
    },
    () => {},
  )
  if (summary.passed !== summary.checks) throw new Error(`${summary.checks - summary.passed} checks did not pass`)
  return summary.checks
}

const tenThousand = manyFlows(3_334)

/** Milliseconds for ten thousand flows in one pod, in a sandbox that stands already. */
export async function tenThousandFlows(): Promise<number> {
  const sandbox = NamespaceSandbox.create()
  await using _closed = await sandbox
  const started = performance.now()
  await drive(sandbox, [tenThousand], ['nft'])
  return performance.now() - started
}
