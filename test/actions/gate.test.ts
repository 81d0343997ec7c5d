import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { gateSchema } from '../../harness/gate/gate-schema.ts'
import { codeBlocks } from '../helpers/console-blocks.ts'
import { checkOut, git, pullRequest } from './calling-repository.ts'
import { type Machine, runJob, type Step } from './runner.ts'
import { shims } from './shims.ts'

const root = join(import.meta.dirname, '../..')
const builder = readFileSync(join(root, 'test/builders/builder.py'), 'utf8')

/** The workflow that a page has. */
function workflowOf(page: string): string {
  const blocks = codeBlocks(readFileSync(join(root, page), 'utf8'), 'yaml')
  return blocks.find(({ code }) => code.startsWith('on: pull_request\n'))?.code ?? ''
}
const workflow = workflowOf('.github/docs/gate-a-builder.md')

t.equal(workflowOf('README.md'), workflow, 'the front page has the same')

/** That workflow, but for how much it compares. */
const steps = (more: Readonly<Record<string, string>>): Step[] => {
  const [, gate] = parse(workflow).jobs.gate.steps
  return [{ id: 'gate', uses: gate.uses, with: { ...gate.with, configs: 'generated=1', backends: 'nft', ...more } }]
}

const approvals = `- ids: 'osm/witness/**'
  before: '*'
  after: '*'
  reason: all of it is meant
`
const place = t.testdir({})
const { origin, base, onto, head, merge } = pullRequest(
  place,
  { builder, '.github/approvals.yaml': '[]\n', '.github/wrong.yaml': '- ids: 5\n- 100%\n' },
  { builder: builder.replace('--to-ports 15003', '--to-ports 15004') },
  { builder: builder.replace('"-A MESH_OUT -o lo -j RETURN", ', ''), '.github/meant.yaml': approvals },
)

/** A job for the pull request, with one commit checked out. */
function gate(
  t: Test,
  name: string,
  commit: string,
  more: Readonly<Record<string, string>>,
  prepare: (workspace: string) => void = () => {},
) {
  const own = join(place, name)
  const workspace = join(own, 'sidetrack-user')
  checkOut(origin, commit, workspace)
  prepare(workspace)
  const { path, noted } = shims(join(own, 'bin'))
  const machine: Machine = {
    place: own,
    workspace,
    github: {
      sha: merge,
      ref: 'refs/pull/7/merge',
      event_name: 'pull_request',
      event: { pull_request: { base: { sha: base } } },
    },
    repositories: { 'OWNER/sidetrack': root },
    env: { PATH: path, SIDETRACK_NO_INSTALL: '1' },
  }
  const outcome = runJob(steps(more), machine)
  t.equal(git(workspace, 'status', '--porcelain'), '', 'the repository is as it was')
  return { ...outcome, outputs: outcome.steps['gate']?.outputs ?? {}, noted: noted() }
}

t.test('a pull request of a fork is held to what it is merged into, however shallow the checkout', async (t) => {
  const { status, log, outputs, annotations, summary, used, noted } = gate(t, 'merge', merge, {
    // As a block of YAML has them, and an expression of which there is nothing.
    candidate: 'exec:./builder\n',
    families: ' ipv4\n',
    'fail-on': '',
  })
  if (!t.equal(status, 'failure')) t.comment(log)
  t.match(log, `git:HEAD^ is ${onto.slice(0, 12)}, in which exec:./builder is run`)
  t.notMatch(log, '15004', 'what main has changed meanwhile is not told')
  t.match(annotations, [/^::error file=builder,title=[A-Z]/])
  t.match(outputs, { changed: /^[1-9]/, approved: '0', failed: 'true', report: /./ })
  const report = v.parse(gateSchema, JSON.parse(readFileSync(join(outputs['report'] ?? '', 'gate.json'), 'utf8')))
  t.equal(`${report.summary.changes}`, outputs['changed'])
  t.match(summary, /^## Sidetrack gate: ❌ [\s\S]*### To approve[\s\S]*- ids: osm/)
  t.match(
    used.map(({ name }) => name),
    ['actions/cache', 'actions/upload-artifact'],
  )
  t.ok(existsSync(join(used[1]?.inputs['path'] ?? '', 'gate.html')), 'the reports are kept of a job that fails')
  t.match(noted, [/^1 modprobe -a .*\biptable_nat\b/, '1 sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0'])
})

t.test('of another commit than the merge the event says the base; what is approved fails nothing', async (t) => {
  const { status, log, outputs, annotations } = gate(t, 'head', head, { approvals: '.github/meant.yaml' })
  if (!t.equal(status, 'success')) t.comment(log)
  t.match(log, `git:${base} is ${base.slice(0, 12)}, in which`)
  t.match(outputs, { changed: /^[1-9]/, approved: outputs['changed'] ?? '', failed: 'false' })
  t.same(
    annotations.filter((line) => line.startsWith('::error')),
    [],
  )
})

t.test('a call that is invalid is an annotation that says why, whatever an earlier gate has left', async (t) => {
  const { status, annotations, outputs, used } = gate(
    t,
    'wrong',
    merge,
    { mesh: 'osmm', artifact: 'other' },
    (workspace) => {
      const left = join(workspace, '../_temp/sidetrack-gate')
      mkdirSync(left, { recursive: true })
      writeFileSync(join(left, 'gate.json'), '{"summary":{"changes":7,"approved":7}}')
    },
  )
  t.equal(status, 'failure')
  t.match(annotations, [/^::error title=Sidetrack gate::osmm: no mesh of this name is known; did you mean osm\?$/])
  t.match(outputs, { changed: '', failed: 'true' })
  t.match(used[1], { name: 'actions/upload-artifact', inputs: { name: 'other' } })
})

t.test('all that is wrong with a file is in the annotation', async (t) => {
  const { annotations, outputs } = gate(t, 'mistakes', merge, { approvals: '.github/wrong.yaml' })
  const [, message = ''] = annotations[0]?.split('::error title=Sidetrack gate::') ?? []
  const file = '.github/wrong.yaml'
  t.match(message.split('%0A'), [
    `${file}:1: ids: 5 is no text`,
    `${file}:1: before: is missing`,
    `${file}:1: after: is missing`,
    `${file}:1: reason: is missing`,
    `${file}:2: '100%25' is no object; its fields are ids, before, after, changed, reason`,
  ])
  t.match(outputs, { changed: '', failed: 'true' })
})

t.test('without a commit to compare with it says what to do, and the outputs are set', async (t) => {
  const { status, log, annotations, outputs } = gate(t, 'lost', merge, {}, (workspace) =>
    git(workspace, 'remote', 'set-url', 'origin', join(place, 'lost.git')),
  )
  if (!t.equal(status, 'failure')) t.comment(log)
  t.match(annotations, [/^::error title=Sidetrack gate::the commit to compare with \(HEAD\^\) .*fetch-depth: 0/])
  t.match(outputs, { changed: '', approved: '', failed: 'true' })
})
