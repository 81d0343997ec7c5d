import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import t from 'tap'
import { parse } from 'yaml'
import { gateSchema } from '../harness/gate/gate-schema.ts'

const folder = join(import.meta.dirname, '../.github/actions/gate')
const action = parse(readFileSync(join(folder, 'action.yml'), 'utf8')) as {
  inputs: Record<string, { default?: string; required?: boolean }>
  outputs: Record<string, { value: string }>
  runs: { steps: { id?: string; run?: string; uses?: string; shell?: string; env?: Record<string, string> }[] }
}
const builder = readFileSync(join(import.meta.dirname, 'builders/builder.py'), 'utf8')

/** The test is root already, and the machine's modules are not its business. */
const sudo = `#!/bin/sh
while [ "\${1#--}" != "$1" ]; do shift; done
if [ "$1" = modprobe ]; then exit 0; fi
exec "$@"
`

const git = (from: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false', ...args], {
    cwd: from,
    encoding: 'utf8',
  }).trim()

t.test('its steps gate a pull request of another repository as a runner does', async (t) => {
  const place = t.testdir({ workspace: { 'builder.py': builder }, bin: { sudo }, temp: {}, output: '', summary: '' })
  const workspace = join(place, 'workspace')
  execFileSync('chmod', ['+x', join(place, 'bin/sudo')])
  git(workspace, 'init', '-q')
  git(workspace, 'add', '.')
  git(workspace, 'commit', '-qm', 'base')
  const base = git(workspace, 'rev-parse', 'HEAD')
  writeFileSync(join(workspace, 'builder.py'), builder.replace('"-A MESH_OUT -o lo -j RETURN", ', ''))
  git(workspace, 'commit', '-qam', 'head')
  const given: Record<string, string> = {
    candidate: 'exec:python3 builder.py',
    mesh: 'osm',
    configs: 'generated=2',
    backends: 'nft',
  }
  const known: Record<string, string> = { 'github.event.pull_request.base.sha': base, 'github.action_path': folder }
  for (const [name, { default: standard = '' }] of Object.entries(action.inputs))
    known[`inputs.${name}`] = given[name] ?? standard
  const expand = (text: string): string =>
    text.replace(/\$\{\{ (\S+) \}\}/g, (_, name: string) => known[name] ?? `?${name}`)
  const codes = action.runs.steps.flatMap(({ run, shell, env = {} }) => {
    if (run === undefined) return []
    t.equal(shell, 'bash')
    t.notMatch(run, /\$\{\{/, 'no input stands in a shell text')
    const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expand(value)]))
    t.notMatch(JSON.stringify(own), /"\?/, 'every expression is known')
    const { INIT_CWD: _, ...around } = process.env
    const { status, stderr, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: workspace,
      encoding: 'utf8',
      env: {
        ...around,
        ...own,
        PATH: [join(place, 'bin'), dirname(process.execPath), process.env['PATH']].join(':'),
        GITHUB_WORKSPACE: workspace,
        GITHUB_OUTPUT: join(place, 'output'),
        GITHUB_STEP_SUMMARY: join(place, 'summary'),
        RUNNER_TEMP: join(place, 'temp'),
        SIDETRACK_NO_INSTALL: '1',
      },
    })
    return [{ status, said: stdout + stderr }]
  })
  const last = codes.at(-1)
  t.equal(last?.status, 1, last?.said ?? '')
  t.match(last?.said, /\n::error file=builder.py,title=CLOSED|\n::error file=builder.py,title=/)
  const outputs = Object.fromEntries(
    readFileSync(join(place, 'output'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  )
  t.match(outputs, { approved: '0', failed: 'true', report: join(place, 'temp/sidetrack-gate') })
  t.ok(Number(outputs['changed']) > 0)
  t.same(Object.keys(action.outputs).sort(), Object.keys(outputs).sort(), 'every output is set')
  v.parse(gateSchema, JSON.parse(readFileSync(join(outputs['report'] ?? '', 'gate.json'), 'utf8')))
  t.match(readFileSync(join(place, 'summary'), 'utf8'), /^## Sidetrack gate: ❌ [\s\S]*### To approve[\s\S]*- ids: osm/)
  t.equal(git(workspace, 'status', '--porcelain'), '', 'and the repository is as it was')
})
