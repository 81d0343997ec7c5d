import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Milliseconds that `run` takes for everything, its start and end included. @param options more of them. */
export async function wholeSuite(options: readonly string[] = []): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, ['harness/bin/sidetrack.js', 'run', ...options], { cwd: root, stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the suite ended with ${code}`)
  return performance.now() - started
}
