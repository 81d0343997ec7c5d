import { join } from 'node:path'
import t from 'tap'
import { formatIssue, HarnessError } from '../../harness/core/errors.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { planJobs } from '../../harness/run/plan/plan.ts'
import { inputProblems } from '../../harness/run/plan/input-problems.ts'
import { bugFiles, loadBugs } from '../../harness/scenario/bugs/load-bugs.ts'
import { openSandbox } from '../sandbox/open.ts'
import { Heard, options } from './options.ts'

const scenarios = loadBugs(await bugFiles(join(import.meta.dirname, '../../scenarios/bugs')))

t.test('each bug of the corpus shows on its broken ruleset, and not on its mended one', async (t) => {
  const told = new Heard()
  await run(options({ sandbox: await openSandbox(t), scenarios, backends: ['nft', 'legacy'], jobs: 8 }), told.listen)
  t.same(
    told.results.flatMap(({ check, status, reason }) => (status === 'passed' ? [] : [`${check.id}: ${reason}`])),
    [],
  )
  t.ok(told.results.length >= 300, `${told.results.length} checks`)
  const unpredicted = told.results.filter(
    ({ check, predicted }) => check.flow !== undefined && (predicted === undefined || 'unknown' in predicted),
  )
  t.same(
    [
      ...new Set(
        unpredicted.map(({ check, rules }) =>
          rules.applied !== 'none' && rules.applied?.ok === false ? '' : check.id.split('/')[1],
        ),
      ),
    ]
      .filter(Boolean)
      .sort(),
    // The order of two backends' rules.
    ['rules-of-both-backends'],
  )
  const { length } = told.results.filter(
    ({ predicted, observed }) => predicted && 'verdict' in predicted && predicted.verdict !== observed?.verdict,
  )
  t.equal(length, 0, 'the model says of each of the others what the kernel does')
})

t.test('a bug whose mended rules have it still is told', async (t) => {
  const [broken, mended] = scenarios.filter(({ location }) => location.file.endsWith('/primary-group-bypass.yaml'))
  if (broken === undefined || mended === undefined) throw new Error('the file has two scenarios')
  const told = new Heard()
  const still = [{ ...mended, rules: broken.rules }]
  await run(options({ sandbox: await openSandbox(t), scenarios: still }), told.listen)
  t.match(
    told.results.filter(({ status }) => status === 'failed'),
    [
      {
        check: { id: 'bugs/primary-group-bypass/mended/10001:1337-tcp-203.0.113.10:80/nft/ipv4' },
        reason: /it was direct$/,
      },
    ],
  )
})

const file = (rules: string): string => `schema: sidetrack.bug/1
reports: [istio/istio#1]
says: Something.
state: open
mesh: istio
broken:
  rules: |
${rules.replace(/^/gm, '    ')}
mended:
  config: { excludeOutboundPortz: '1' }
flows:
  - { from: app, tcp: '203.0.113.10:80', broken: direct, right: { redirected: outbound } }
`

t.test(
  'rules that cannot be read are told at their place in the file, and a config that the mesh refuses at its own',
  async (t) => {
    const folder = t.testdir({ 'a.yaml': file('*nat\n-A OUTPUT -p tcp -j REDIRECT --to-portz 15001\nCOMMIT') })
    const found = await inputProblems(
      planJobs({ scenarios: loadBugs([join(folder, 'a.yaml')]), backends: ['nft'] }).jobs,
    )
    t.match(
      found.map((issue) => formatIssue(issue, 'a.yaml')),
      [
        /^a\.yaml:9: broken\.rules: column \d+: .*--to-portz/,
        /^a\.yaml:11: scenario 'mended', rules: excludeOutboundPortz/,
      ],
    )
  },
)

t.test('several files are told of at once', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'schema: 1\n', 'b.yaml': '[', 'c.txt': '' })
  try {
    loadBugs(await bugFiles(folder))
    t.fail('nothing was wrong')
  } catch (thrown) {
    t.ok(thrown instanceof HarnessError)
    t.same(
      [...new Set((thrown as HarnessError).issues.map(({ file: at }) => at.replace(`${folder}/`, '')))],
      ['a.yaml', 'b.yaml'],
    )
  }
})
