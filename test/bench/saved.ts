import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { environment } from '../cli/command-line.ts'

const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')
const scenario = (port: number): string => `import { app, osm, scenario } from 'sidetrack'
export default scenario('saved', { rules: osm(), families: ['ipv4'], flows: [app.tcp('203.0.113.10:${port}').isRedirected('outbound')] })
`

/** Milliseconds from the save of a scenario file to its new verdict, with `run --watch`. */
export async function savedToVerdict(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-bench-'))
  const file = join(folder, 'saved.ts')
  writeFileSync(file, scenario(80))
  const child = spawn(process.execPath, [entry, 'run', '.', '--watch', '--iptables', 'nft', '--reporter', 'tap'], {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let [isSaved, started] = [false, 0]
    for await (const line of createInterface(child.stdout)) {
      if (isSaved && line.startsWith('ok ')) return performance.now() - started
      if (isSaved || !line.startsWith('watching ')) continue
      isSaved = true
      started = performance.now()
      writeFileSync(file, scenario(81))
    }
    throw new Error('it has ended before there was a verdict')
  } finally {
    child.kill('SIGINT')
    if (child.exitCode === null) await once(child, 'close')
    rmSync(folder, { recursive: true })
  }
}
