import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const head = `import { app, osm, ruleText, scenario } from 'sidetrack'
const flows = [app.tcp('203.0.113.10:80').isRedirected('outbound')]
`
const bad = `${head}export default [
  scenario('one', { rules: osm(), familys: [], flows: [app.tcp('peer:80', { serverfirst: true }).isDirect()] }),
  scenario('two', { rules: osm(), flows: [app.tpc('peer:80').isDirect(), app.tcp('peer:81').isRefused('foo')] }),
]
`

const good = `${head}export default scenario('good', { rules: osm(), flows })`

t.test('all that is wrong in all files is printed together, a line each', async (t) => {
  const from = t.testdir({ 'b.ts': bad, 'a.ts': 'let x = [' })
  for (const command of ['run', 'list'])
    t.same(sidetrack([command, '.'], { from }), {
      status: 2,
      stdout: '',
      stderr: `sidetrack: a.ts:1: does not load: Expression expected; a bracket, a comma or a quotation mark is missing there or just before, or there is one too many
sidetrack: b.ts:4: app.tcp('peer:80'): unknown option 'serverfirst', did you mean 'serverFirst'?
sidetrack: b.ts:4: scenario 'one', familys: no such field, did you mean 'families'?
sidetrack: b.ts:5: app: unknown method 'tpc', did you mean 'tcp'?
sidetrack: b.ts:5: app.tcp('peer:81').isRefused: by: 'foo' is none of pod, peer
`,
    })
})

t.test('a file that is wrong stops neither `list` nor `run` of the others, and is told', async (t) => {
  const unreadable = `${head}export default scenario('one', { rules: ruleText('osm', 'nonsense'), flows })`
  const from = t.testdir({ 'a.ts': 'let x = [', 'b.ts': unreadable, 'c.ts': `${head}process.exit(0)`, 'good.ts': good })
  const listed = resident(['list', '.'], { from })
  t.match(listed, { status: 2, stdout: /^osm\/good › good\n.*\n1 scenario, 1 flow\n$/ })
  t.match(
    listed.stderr,
    /^sidetrack: a\.ts:1: does not load.*\nsidetrack: b\.ts:3: .*line 1.*\nsidetrack: c\.ts:3: ends its process.*\n$/,
  )
  const { status, stdout } = resident(
    ['run', '.', '--iptables', 'nft', '--reporter', 'pretty', '--reporter', 'json=out.json'],
    { from },
  )
  t.equal(status, 2)
  t.match(
    stdout,
    /\n1 check, 1 passed, 0 failed in .*\nleft out: a\.ts:1: does not load.*\nleft out: b\.ts:3: .*\nleft out: c\.ts:3: ends/,
  )
  const { summary, error } = JSON.parse(readFileSync(join(from, 'out.json'), 'utf8'))
  t.match({ summary, error }, { summary: { passed: 1 }, error: { fault: 'input', reason: /a\.ts:1/ } })
  t.match(resident(['run', 'good.ts:3', 'a.ts', '--iptables', 'nft'], { from }), { status: 2, stdout: /1 passed/ })
  t.match(resident(['run', 'a.ts:1'], { from }), { status: 2, stdout: '', stderr: /a\.ts:1: does not load/ })
})

t.test('what is found when the run is planned is printed together as well', async (t) => {
  const text = `${head}export default [
  scenario('one', { rules: ruleText('osm', 'nonsense'), flows }),
  scenario('two', { rules: osm({ outboundPortExclusionList: [70000] }), flows }),
]
`
  for (const command of ['run', 'list']) {
    const { status, stdout, stderr } = resident([command, 'some.ts'], { from: t.testdir({ 'some.ts': text }) })
    t.same({ status, stdout }, { status: 2, stdout: '' })
    t.match(
      stderr,
      /^sidetrack: some\.ts:4: scenario 'one', rules: line 1.*\nsidetrack: some\.ts:5: scenario 'two', rules: outbound.*\n$/,
    )
  }
})

t.test('a file with a million mistakes is told on fifty lines', async (t) => {
  const text = `${head}export default scenario('one', { rules: osm(), flows, tags: Array(1e6).fill(7) } as never)`
  const { status, stderr } = sidetrack(['list', 'some.ts'], { from: t.testdir({ 'some.ts': text }) })
  t.equal(status, 2)
  t.equal(stderr.split('\n').length, 52)
  t.match(stderr, /\nsidetrack: and \d+ more\n$/)
})

t.test('no scenario file turns a run green, or ends it with 1', async (t) => {
  for (const line of [
    'process.exit(0)',
    'setTimeout(() => process.exit(0), 20)',
    "setTimeout(() => { throw new Error('late') }, 20)",
  ]) {
    const from = t.testdir({ 'some.ts': `${head}export default scenario('good', { rules: osm(), flows });\n${line}\n` })
    const { status, stdout, stderr } = sidetrack(['run', 'some.ts'], { from })
    t.same({ status, stdout }, { status: 2, stdout: '' }, line)
    t.match(stderr, /^sidetrack: some\.ts:4: [^\n]*\n$/, line)
  }
})

t.test('what a scenario file prints is not in what a command prints', async (t) => {
  const text = `${head}console.log('noise')\nexport default scenario('good', { rules: osm(), flows })`
  const { stdout, stderr } = sidetrack(['list', '--json', 'some.ts'], { from: t.testdir({ 'some.ts': text }) })
  t.match(JSON.parse(stdout), [{ title: 'good' }])
  t.equal(stderr, 'noise\n')
})

t.test('a folder may be called anything', async (t) => {
  for (const name of ['a (copy)', 'back\\slash', '#1 %20?', 'größe ☃', "it's"]) {
    const from = join(t.testdir({}), name)
    mkdirSync(from)
    writeFileSync(join(from, 'port (1).ts'), 'export const port: number = 80\n')
    const text = head.replace(':80', ':$' + '{port}').replaceAll("'203.0.113.10:${port}'", '`203.0.113.10:${port}`')
    writeFileSync(
      join(from, 'some.ts'),
      `import { port } from './port (1).ts'\n${text}export default scenario('good', { rules: osm(), flows })`,
    )
    const { status, stdout, stderr } = resident(['list', '--json', 'some.ts:4'], { from })
    t.same({ status, stderr }, { status: 0, stderr: '' }, name)
    t.match(JSON.parse(stdout), [{ name: 'some', file: 'some.ts', line: 4, flows: [{ line: 3 }] }], name)
  }
})

t.test('a working directory that has been removed is told in one line', async (t) => {
  const folder = join(t.testdir({}), 'gone')
  const entry = join(import.meta.dirname, '../../harness/bin/sidetrack.js')
  mkdirSync(folder)
  const { INIT_CWD: _, ...env } = process.env
  const script = 'cd "$1" && rmdir "$1" && exec "$2" "$3" list'
  const gone = spawnSync('sh', ['-c', script, 'sh', folder, process.execPath, entry], {
    encoding: 'utf8',
    env: env,
  })
  t.match(gone, { status: 3, stdout: '', stderr: /^sidetrack: the working directory has been removed[^\n]*\n$/ })
  mkdirSync(folder)
  rmdirSync(folder)
  t.match(sidetrack(['list'], { from: folder }), {
    status: 3,
    stdout: '',
    stderr: /^sidetrack: the working directory has been removed[^\n]*\n$/,
  })
})
