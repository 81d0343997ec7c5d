import { performance } from 'node:perf_hooks'
import { backends } from '../../harness/flow/backend.ts'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { drive, manyFlows } from './many-flows.ts'

const many = manyFlows(500)

/** TCP checks a second in a sandbox that is warm, both backends at once. */
export async function checksPerSecond(): Promise<number> {
  const sandbox = NamespaceSandbox.create()
  await using _closed = await sandbox
  await drive(sandbox, [many], backends)
  const started = performance.now()
  const checks = await drive(sandbox, [many], backends)
  return (checks * 1000) / (performance.now() - started)
}
