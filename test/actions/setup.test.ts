import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { resident } from '../cli/resident.ts'
import { codeBlocks } from '../helpers/console-blocks.ts'
import { runJob, type Step } from './runner.ts'
import { shims } from './shims.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, '.github/docs/ci.md'), 'utf8')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

t.test('the workflow of the page runs a project of another repository', async (t) => {
  const place = t.testdir({ user: {} })
  const workspace = join(place, 'user')
  resident(['init', '--mesh', 'osm'], { from: workspace })
  const [{ code } = { code: '' }] = codeBlocks(page, 'yaml')
  const [, setup, run]: Step[] = parse(code).jobs.sidetrack.steps
  const { path, noted } = shims(join(place, 'bin'))
  const outcome = runJob([{ ...setup, id: 'setup' }, run ?? {}], {
    place,
    workspace,
    github: { sha: '', ref: 'refs/heads/main', event_name: 'push' },
    repositories: { 'OWNER/sidetrack': root },
    foreign: (name) => (name === 'actions/cache' ? { 'cache-hit': 'true' } : {}),
    env: { PATH: path, SIDETRACK_NO_INSTALL: '1' },
  })
  if (!t.equal(outcome.status, 'success')) t.comment(outcome.log)
  t.same(outcome.steps['setup']?.outputs, { version, 'cache-hit': 'true' })
  t.match(outcome.log, `${version}\n`)
  t.match(outcome.log, /\niptables-nft: can run\niptables-legacy: can run\n/, 'it has seen that this machine can')
  t.match(outcome.log, /sidetrack\.config\.ts: \.\/scenarios --mesh osm\n/)
  const { summary } = JSON.parse(readFileSync(join(workspace, 'report.json'), 'utf8'))
  t.match(summary, { checks: 8, passed: 8 })
  t.match(outcome.summary, /8 checks, 8 passed/)
  const inputs = outcome.used[0]?.inputs ?? {}
  t.match(inputs, { key: new RegExp(`^sidetrack-${version}-Linux-\\w+-[\\da-f]{16}$`) })
  t.ok(existsSync(join(inputs['path'] ?? '', '.package-lock.json')), 'what is kept is where the packages are')
  t.match(noted(), [/^1 modprobe -a /, /^1 sysctl -q -w kernel\.apparmor_restrict_unprivileged_userns=0$/])
})
