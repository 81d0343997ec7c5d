import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const scenarioFile = `import { app, osm, scenario } from 'sidetrack'
export default scenario('one', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] })
`
const project = (config: string) => ({
  'sidetrack.config.ts': `import { defineConfig } from 'sidetrack'\nexport default ${config}\n`,
  own: { 'one.ts': scenarioFile },
  other: { 'two.ts': scenarioFile.replace("'one'", "'two'") },
})

t.test('a project says what calls need not, and a call has the last word', async (t) => {
  const from = t.testdir(
    project(
      "defineConfig({ scenarios: ['own'], mesh: 'osm@1.2', rules: 'osm@0.11', iptables: 'nft', reporter: ['tap', 'json=out.json'] })",
    ),
  )
  const whole = sidetrack(['run'], { from })
  t.equal(
    whole.stderr,
    'sidetrack.config.ts: own --mesh osm@1.2 --rules osm@0.11 --iptables nft --reporter tap --reporter json=out.json\n',
  )
  t.match(whole, { status: 0, stdout: /^TAP version 14\nok 1 - osm\/one › one › app .*\[nft, ipv4\]/ })
  const other = resident(['run', 'other', '--iptables', 'legacy', '--reporter', 'tap'], { from })
  t.equal(other.stderr, 'sidetrack.config.ts: --mesh osm@1.2 --rules osm@0.11\n')
  t.match(other.stdout, /osm\/two › two › .*\[legacy, ipv4\]/)
  t.match(resident(['list'], { from }), { stdout: /^osm\/one › one\n/, stderr: 'sidetrack.config.ts: own\n' })
  t.match(
    resident(['rules', '--rules', 'osm'], { from }),
    { status: 0, stderr: '' },
    'a question of its own is not about the project',
  )
})

t.test('what `list` shows of a project may be named, by title, file or id', async (t) => {
  const own = `import { app, istio, scenario } from 'sidetrack'
export default scenario('mine', { rules: istio(), families: ['ipv4'], flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')] })
`
  const config =
    "import { defineConfig } from 'sidetrack'\nexport default defineConfig({ scenarios: 'own', mesh: 'istio', iptables: 'nft', reporter: 'tap' })\n"
  const from = t.testdir({ 'sidetrack.config.ts': config, own: { 'outbound.ts': own } })
  const id = 'istio/outbound/mine/app-tcp-203.0.113.10:80/nft/ipv4'
  const all = /^TAP version 14\nok 1 - istio\/outbound › mine › app [^\n]*\n1\.\.1\n$/
  for (const name of ['mine', 'istio/mine', 'outbound', 'istio/outbound', id])
    t.match(resident(['run', name], { from }), { status: 0, stdout: all }, name)
  t.match(resident(['list', 'mine'], { from }).stdout, /^istio\/outbound › mine\n/)
  t.match(sidetrack(['shell', 'outbound', '--', 'true'], { from }), { status: 0 })
  t.match(resident(['list', 'loopback-and-self'], { from }), { status: 0 }, "Sidetrack's own go by theirs")
  t.match(resident(['run', 'mien'], { from }), { status: 2, stderr: /did you mean mine\? / })
  t.match(
    resident(['shell', 'loopback-and-self', '--mesh', 'osm', '--', 'true'], { from }).stderr,
    /loopback-and-self: names 8 scenarios[^\n]*osm\/loopback/,
  )
})

t.test('all that is wrong with it is told at once, with its line', async (t) => {
  const wrong = sidetrack(['run'], {
    from: t.testdir(project("defineConfig({ mash: 'osm', iptables: 'nftables', jobs: 0 } as never)")),
  })
  t.same(wrong, {
    status: 2,
    stdout: '',
    stderr: `sidetrack: sidetrack.config.ts:2: iptables: 'nftables' is none of nft, legacy, all
sidetrack: sidetrack.config.ts:2: jobs: 0 is not a whole number from 1 to 999999
sidetrack: sidetrack.config.ts:2: mash: no such field, did you mean 'mesh'?
`,
  })
  const refused = (config: string): string => resident(['run'], { from: t.testdir(project(config)) }).stderr
  t.match(
    refused("{ mesh: 'osm' }"),
    /sidetrack\.config\.ts: its default export is no config; make it with defineConfig\(\{…\}\)/,
  )
  const later: readonly [field: string, line: RegExp][] = [
    ["mesh: 'osn'", /:3: mesh: osn: no mesh of this name is known; did you mean osm\?/],
    ["rules: 'ots'", /:3: rules: ots: is no source of rules; /],
    ["mesh: 'istio', rules: 'osm'", /:3: mesh: says Istio, but osm makes rules for OSM/],
    ["reporter: 'jsn'", /:3: reporter: 'jsn' is none of .*; did you mean json\?/],
    ["reporter: ['json=a', 'tap=a']", /:3: reporter: tap=a: json is written there as well/],
    ["expectedFailures: 'none.yaml'", /:3: expectedFailures: none\.yaml: no such file/],
    ["scenarios: 'none'", /:3: scenarios: none: no such file or folder/],
    ['cleanEnv: true', /:3: cleanEnv: no program is run/],
    ['without: 1 as never', /:3: without: 1 is neither a text nor a list of texts/],
  ]
  for (const [field, line] of later) t.match(refused(`defineConfig({\n  ${field},\n})`), line, field)
  t.match(refused('null'), /sidetrack\.config\.ts: its default export is no config; make it with defineConfig/)
  t.match(
    resident(['run'], { from: t.testdir({ 'sidetrack.config.json': '{}' }) }).stderr,
    /^sidetrack: sidetrack\.config\.json: no project file has this ending; write sidetrack\.config\.ts, /,
  )
  t.match(refused('process.exit(0)'), /sidetrack\.config\.ts:2: ends its process/)
  const two = t.testdir({ ...project('defineConfig({})'), 'sidetrack.config.js': '' })
  t.match(resident(['run'], { from: two }), {
    status: 2,
    stderr: /sidetrack\.config\.js: there is a sidetrack\.config\.ts as well/,
  })
})

t.test('a folder of scenarios may hold it, and packages', async (t) => {
  const from = t.testdir({
    ...project('defineConfig({})'),
    node_modules: { some: { 'index.js': 'process.exit(0)' } },
    '.cache': { 'x.ts': '[' },
  })
  t.match(resident(['list', '.'], { from }), { status: 0, stdout: /\n2 scenarios, 2 flows\n$/ })
})
