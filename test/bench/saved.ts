import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { environment } from '../cli/command-line.ts'

const suite = join(import.meta.dirname, '../../scenarios')
const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')
const outbound = { osm: 15001, istio: 15001 }
export type SavedMesh = keyof typeof outbound
/**
 * What is saved: the scenario, the rules that it runs with, their config, the builder that makes them, or the project
 * file; and of the mesh's whole suite one of its files, or the builder.
 */
export const savedKinds = [
  'scenario',
  'rules',
  'config',
  'builder',
  'project',
  'file of the suite',
  'builder of the suite',
] as const
export type SavedKind = (typeof savedKinds)[number]

const scenario = (mesh: SavedMesh, port: number): string => `import { app, ${mesh}, scenario } from 'sidetrack'
export default scenario('saved', { rules: ${mesh}(), families: ['ipv4'], flows: [app.tcp('203.0.113.10:${port}').isRedirected('outbound')] })
`
const rules = (mesh: SavedMesh, port: number): string => `*nat
-A OUTPUT -p tcp -d 203.0.113.10 -m owner ! --uid-owner ${mesh === 'osm' ? 1500 : 1337} -j REDIRECT --to-ports ${outbound[mesh]}
-A OUTPUT -p tcp --dport ${port} -j RETURN
COMMIT
`

const builder = (mesh: SavedMesh, port: number): string => `#!/bin/sh\ncat <<'EOF'\n${rules(mesh, port)}EOF\n`

/** The call for each kind, its file, and what that holds, before (80) and after (81). */
const setUps: Readonly<
  Record<SavedKind, (mesh: SavedMesh) => { args: string[]; file: string; text: (port: number) => string }>
> = {
  scenario: (mesh) => ({ args: [], file: 'saved.ts', text: (port) => scenario(mesh, port) }),
  rules: (mesh) => ({
    args: ['--mesh', mesh, '--rules', 'file:rules.txt'],
    file: 'rules.txt',
    text: (port) => rules(mesh, port),
  }),
  config: (mesh) => ({
    args: ['--mesh', mesh, '--rules', 'file:rules.txt', '--config', 'config.json'],
    file: 'config.json',
    text: (port) => `{"config":{}${port === 80 ? '' : ' '}}`,
  }),
  builder: (mesh) => ({
    args: ['--mesh', mesh, '--rules', 'exec:./own/build.sh'],
    file: 'own/build.sh',
    text: (port) => builder(mesh, port),
  }),
  project: () => ({
    args: [],
    file: 'sidetrack.config.ts',
    text: (port) => `import { defineConfig } from 'sidetrack'\nexport default defineConfig({ jobs: ${port} })\n`,
  }),
  'file of the suite': (mesh) => ({
    args: [mesh],
    file: `${mesh}/outbound.ts`,
    text: (port) => `${readFileSync(join(suite, mesh, 'outbound.ts'), 'utf8')}// ${port}\n`,
  }),
  'builder of the suite': (mesh) => ({
    args: [mesh, '--mesh', mesh, '--rules', 'exec:./own/build.sh'],
    file: 'own/build.sh',
    text: (port) => builder(mesh, port),
  }),
}

/** Milliseconds from the save of a file to the new verdict, with `run --watch`. */
export async function savedToVerdict(mesh: SavedMesh, kind: SavedKind): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-bench-'))
  const { args, file, text } = setUps[kind](mesh)
  const write = (name: string, content: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  write('saved.ts', scenario(mesh, 80))
  if (kind.endsWith('suite')) cpSync(join(suite, mesh), join(folder, mesh), { recursive: true })
  write('rules.txt', rules(mesh, 80))
  write('own/build.sh', builder(mesh, 80))
  chmodSync(join(folder, 'own/build.sh'), 0o755)
  write(file, text(80))
  const call = [
    'run',
    ...(kind.endsWith('suite') ? [] : ['saved.ts']),
    '--watch',
    '--iptables',
    'nft',
    '--reporter',
    'tap',
    ...args,
  ]
  const child = spawn(process.execPath, [entry, ...call], {
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let [isSaved, started] = [false, 0]
    for await (const line of createInterface(child.stdout)) {
      if (isSaved && /^(?:not )?ok /.test(line)) return performance.now() - started
      if (isSaved || !line.startsWith('watching ')) continue
      isSaved = true
      started = performance.now()
      write(file, text(81))
    }
    throw new Error('it has ended before there was a verdict')
  } finally {
    child.kill('SIGINT')
    if (child.exitCode === null) await once(child, 'close')
    rmSync(folder, { recursive: true })
  }
}
