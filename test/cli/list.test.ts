import { once } from 'node:events'
import t, { type Test } from 'tap'
import { sidetrack, start } from './command-line.ts'
import { resident } from './resident.ts'

function folder(t: Test, importFrom = 'sidetrack'): string {
  return t.testdir({
    'package.json': '{"type":"commonjs"}',
    'two.ts': `import { app, osm, scenario } from '${importFrom}'
export default [
  scenario('first', { rules: osm(), tags: ['slow'], flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] }),
  scenario('second', {
    rules: osm(),
    flows: [app.udp('203.0.113.10:53').isDirect()],
  }),
]
`,
  })
}

t.test('a file anywhere gets the DSL by name, and its scenarios are listed with flows and tags', async (t) => {
  t.same(sidetrack(['list', 'two.ts'], { from: folder(t) }), {
    status: 0,
    stdout: `osm/two › first [slow]
  app-tcp-203.0.113.10:80  redirected
osm/two › second
  app-udp-203.0.113.10:53  direct
2 scenarios, 2 flows
`,
    stderr: '',
  })
})

t.test('FILE:LINE is the scenario that stands there', async (t) => {
  const from = folder(t)
  for (const [line, title] of [
    [3, 'first'],
    [4, 'second'],
    [6, 'second'],
  ] as const) {
    t.match(JSON.parse(resident(['list', '--json', `two.ts:${line}`], { from }).stdout), [{ title }], `line ${line}`)
  }
  t.match(resident(['list', 'two.ts:1'], { from }), {
    status: 2,
    stderr: /two.ts:1: no scenario stands there; the first is at line 3/,
  })
})

t.test('--json has what a program needs', async (t) => {
  const [first] = JSON.parse(resident(['list', '--json', '.'], { from: folder(t) }).stdout)
  t.same(first, {
    file: 'two.ts',
    line: 3,
    mesh: 'osm',
    name: 'two',
    title: 'first',
    releases: {},
    tags: ['slow'],
    rules: { kind: 'config', config: {}, podAnnotations: {} },
    flows: [{ flow: 'app-tcp-203.0.113.10:80', expected: { verdict: 'redirected', listener: 'outbound' }, line: 3 }],
  })
})

t.test('without a name all of its own are listed, and one of them is found by file name or title', async (t) => {
  const all = JSON.parse(sidetrack(['list', '--json']).stdout)
  t.ok(all.length > 0)
  const { name, title } = all[0]
  t.match(JSON.parse(resident(['list', '--json', `osm/${name}`]).stdout), [{ name }])
  t.match(JSON.parse(resident(['list', '--json', title]).stdout), [{ title }])
})

t.test('a file that is no scenario is refused by name', async (t) => {
  t.match(sidetrack(['list', 'bad.ts'], { from: t.testdir({ 'bad.ts': 'export default 1\n' }) }), {
    status: 2,
    stderr: /^sidetrack: [^\n]*bad.ts: its default export must be/,
  })
})

t.test('a reader that leaves early, as head does, is no fault', async (t) => {
  const listing = start(['list', '--json'])
  listing.stdout.destroy()
  let complaint = ''
  listing.stderr.setEncoding('utf8').on('data', (text) => (complaint += text))
  t.same(await once(listing, 'close'), [0, null])
  t.equal(complaint, '')
})
