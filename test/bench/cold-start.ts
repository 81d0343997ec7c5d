import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Milliseconds from starting the command line, without npm, on one scenario to the first verdict that it prints. @param
 * options more of them.
 */
export async function coldStart(options: readonly string[] = []): Promise<number> {
  const started = performance.now()
  const args = [
    'harness/bin/sidetrack.js',
    'run',
    'scenarios/osm/application-down.ts',
    '--grep',
    'accepts-then-finds-nobody',
    '--iptables',
    'legacy',
    '--reporter',
    'tap',
    ...options,
  ]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let first: number | undefined
  child.stdout.on('data', (chunk: Buffer) => {
    if (first === undefined && /^(not )?ok /m.test(chunk.toString('utf8'))) first = performance.now() - started
  })
  await once(child, 'exit')
  if (first === undefined) throw new Error('no verdict was printed')
  return first
}
