import { performance } from 'node:perf_hooks'
import { run } from '../../harness/run/run.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { app, osm, proxy, remote, scenario } from '../../harness/scenario/dsl.ts'

const perKind = 500

/** Redirected outbound, redirected inbound and direct, each many times, with the whole way from scenario to result. */
const many = scenario('many', {
  rules: osm(),
  flows: Array.from({ length: perKind }, (_, index) => [
    app.tcp(`203.0.${index >> 7}.${index % 128}:80`).isRedirected('outbound'),
    proxy.tcp(`203.0.${index >> 7}.${index % 128}:80`).isDirect(),
    remote.tcp(`pod:${2000 + index}`).isRedirected('inbound'),
  ]).flat(),
})

/** TCP checks a second in a sandbox that is warm, both backends at once. */
export async function checksPerSecond(): Promise<number> {
  const sandbox = NamespaceSandbox.create()
  await using _closed = await sandbox
  await drive(sandbox)
  const started = performance.now()
  const checks = await drive(sandbox)
  return (checks * 1000) / (performance.now() - started)
}

async function drive(sandbox: Promise<Sandbox>): Promise<number> {
  const { signal } = new AbortController()
  const summary = await run(
    {
      what: { scenarios: [many], backends: ['nft', 'legacy'] },
      where: [{ sandbox }],
      // As the command line has it for a report that tells of failures.
      how: { jobs: 8, repeat: 1, bail: false, tracesFailed: true, command: [], signal },
    },
    () => {},
  )
  if (summary.passed !== summary.checks) throw new Error(`${summary.checks - summary.passed} checks did not pass`)
  return summary.checks
}
