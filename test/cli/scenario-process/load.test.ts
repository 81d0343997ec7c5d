import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { loadApart, loadLimits } from '../../../harness/cli/scenario-process/load.ts'
import { formatIssue } from '../../../harness/core/errors.ts'

const good = `import { app, osm, scenario } from 'sidetrack'
export default scenario('good', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] });
`

/** What is said of files, each with the good scenario and a line of its own behind it. */
async function issuesOf(t: Test, lines: Record<string, string>, limits = loadLimits): Promise<string[]> {
  const folder = t.testdir(
    Object.fromEntries(Object.entries(lines).map(([name, line]) => [`${name}.ts`, `${good}${line}\n`])),
  )
  const files = Object.keys(lines).map((name) => join(folder, `${name}.ts`))
  const { files: right, issues } = await loadApart(files, limits)
  t.same(
    right.map(({ file }) => file),
    files.filter((file) => !issues.some((issue) => issue.file === file)),
    'the others are there',
  )
  return issues.map((issue) => formatIssue(issue, basename(issue.file)).replace(/;.*/, '')).sort()
}

const harmful: readonly [line: string, issue: string][] = [
  ['process.exit(0)', 'some.ts:3: ends its process with exit code 0'],
  ['process.exit(1)', 'some.ts:3: ends its process with exit code 1'],
  ['process.exitCode = 3; process.exit()', 'some.ts:3: ends its process with exit code 3'],
  ["(process as any)['reallyExit'](0)", 'some.ts:3: ends its process with exit code 0'],
  ['process.kill(process.pid)', 'some.ts:3: ends its process with SIGTERM'],
  ["process.kill(process.pid, 'SIGKILL')", 'some.ts:3: ends its process with SIGKILL'],
  ['process.abort()', 'some.ts:3: ends its process with an abort'],
  ['setTimeout(() => process.exit(0), 20)', 'some.ts:3: ends its process with exit code 0'],
  ["setTimeout(() => { throw new Error('late') }, 20)", 'some.ts:3: throws once it is loaded: late'],
  ["Promise.reject(new Error('unheard'))", 'some.ts:3: throws once it is loaded: unheard'],
  ['await new Promise(() => {})', 'some.ts: waits at its top level for what never comes'],
  ['await Promise.reject(new Error("no"))', 'some.ts:3: does not load: no'],
  [
    "require('node:child_process')",
    'some.ts:3: does not load: require is not defined in ES module scope, you can use import instead',
  ],
  [
    "(await import('node:child_process')).execSync(`kill -9 ${process.pid}`)",
    'some.ts: has ended the process that loads it (SIGKILL)',
  ],
  [
    "process.removeAllListeners('uncaughtException'); setTimeout(() => { throw 1 }, 20)",
    'some.ts: has ended the process that loads it (exit code 1)',
  ],
]

t.test(
  'whatever a file does to its process is told as its own mistake, with its line where that can be known',
  async (t) => {
    for (const [line, issue] of harmful) t.same(await issuesOf(t, { some: line }), [issue], line)
  },
)

t.test('a file that ends its process keeps nobody from hearing of the others', async (t) => {
  t.same(await issuesOf(t, { a: "app.tpc('peer:80')", b: 'process.exit(0)', c: "app.tcp('peer')", d: '' }), [
    "a.ts:3: app: unknown method 'tpc', did you mean 'tcp'?",
    'b.ts:3: ends its process with exit code 0',
    "c.ts:3: 'peer' needs a port between 1 and 65535",
  ])
})

t.test('a file that never comes to its end, or leaves something running, is ended and named', async (t) => {
  t.same(await issuesOf(t, { some: 'for (;;);' }, { loading: 1500, atWork: 1500 }), [
    'some.ts: is still loading after 1.5 s',
  ])
  t.same(await issuesOf(t, { a: '', b: 'setInterval(() => {}, 1000)', c: '' }, { ...loadLimits, atWork: 300 }), [
    'b.ts: is still at work long after it is loaded, with a timer, a socket or a process',
  ])
})

t.test('what is harmless passes: an exit code, output, a timer that comes to its end', async (t) => {
  t.same(await issuesOf(t, { a: 'process.exitCode = 1', b: "console.error('')", c: 'setTimeout(() => {}, 20)' }), [])
})

t.test('scenarios come out of the process as they were made', async (t) => {
  const folder = t.testdir({ 'some.ts': good })
  t.match((await loadApart([join(folder, 'some.ts')])).files, [
    {
      file: join(folder, 'some.ts'),
      scenarios: [
        {
          title: 'good',
          location: { line: 2 },
          releases: {},
          flows: [{ expected: { verdict: 'redirected', listener: 'outbound' } }],
        },
      ],
    },
  ])
  t.match(await loadApart([]), { files: [], issues: [] })
})

t.test('what is no file is not read', async (t) => {
  const folder = t.testdir({})
  symlinkSync('/dev/zero', join(folder, 'zero.ts'))
  spawnSync('mkfifo', [join(folder, 'fifo.ts')])
  for (const name of ['zero.ts', 'fifo.ts'])
    t.same((await loadApart([join(folder, name)])).issues, [{ file: join(folder, name), what: 'is no file' }])
})
