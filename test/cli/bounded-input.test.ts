import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { sidetrack, start } from './command-line.ts'

const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

t.test('whatever a user names as a file comes to an end, with one line', async (t) => {
  const from = t.testdir({
    folder: {},
    'deep.json': `{"config":{"resources":${nested}}}`,
    'report.json': `{"schema":"sidetrack.report/1","x":${nested}}`,
  })
  spawnSync('mkfifo', [join(from, 'pipe')])
  const cases: [args: string[], line: RegExp][] = [
    [['rules', '--rules', 'osm', '--config', '/dev/zero'], /\/dev\/zero: is larger than \d+ bytes/],
    [['rules', '--rules', 'file:/dev/zero'], /\/dev\/zero: is larger than \d+ bytes/],
    [['rules', '--rules', 'osm', '--config', 'folder'], /folder: is a folder/],
    [['rules', '--rules', 'file:folder'], /folder: is a folder/],
    [['merge', 'folder'], /folder: is a folder/],
    [['rules', '--rules', 'file:pipe'], /pipe: is a pipe, and in 10 s nobody/],
    [['rules', '--rules', 'osm', '--config', 'deep.json'], /deep\.json: is nested more than 100 deep/],
    [['merge', 'report.json'], /report\.json: is nested more than 100 deep/],
    [['run', 'pipe'], /pipe: is no file/],
    [['list', '/dev/zero'], /\/dev\/zero: is no file/],
  ]
  for (const [args, line] of cases) {
    const { status, stdout, stderr } = sidetrack(args, { from })
    t.same({ status, stdout }, { status: 2, stdout: '' }, args.join(' '))
    t.match(stderr, line)
    t.equal(stderr.split('\n').length, 2, 'one line')
  }
})

t.test(
  'a report that says it is one of two thousand million parts, or a part that there is not, is no report',
  async (t) => {
    const from = t.testdir({})
    t.equal(
      sidetrack(['run', 'inner-bridge', '--iptables', 'nft', '--shard', '1/1', '--reporter', 'json=report.json'], {
        from,
      }).status,
      0,
    )
    const text = readFileSync(join(from, 'report.json'), 'utf8')
    for (const [shard, line] of [
      ['"index":1,"count":2000000000', /^sidetrack: changed\.json: shard\.count: .*\n$/],
      ['"index":2,"count":1', /^sidetrack: changed\.json: shard: there is no such part\n$/],
      ['"index":1,"count":9999', /^sidetrack: changed\.json: of its 9999 shards 2, 3, .* and 9978 more are missing\n$/],
    ] as const) {
      writeFileSync(join(from, 'changed.json'), text.replace('"index":1,"count":1', shard))
      t.match(sidetrack(['merge', 'changed.json'], { from }), { status: 2, stdout: '', stderr: line })
    }
  },
)

t.test('an old report is gone once a run begins, so that one that is killed leaves none', async (t) => {
  const from = t.testdir({ 'report.json': '{"old":true}', 'report.xml': '<old/>', 'report.html': 'old' })
  const files = ['json', 'junit', 'html'].map(
    (name) => `${name}=${join(from, `report.${name === 'junit' ? 'xml' : name}`)}`,
  )
  const run = start([
    ...'run osm/outbound --iptables nft --repeat 100 --reporter tap'.split(' '),
    ...files.flatMap((file) => ['--reporter', file]),
  ])
  await once(run.stdout, 'data')
  run.kill('SIGKILL')
  await once(run, 'close')
  for (const name of ['report.json', 'report.xml', 'report.html']) t.notOk(existsSync(join(from, name)), name)
})
