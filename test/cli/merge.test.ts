import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

interface Report {
  startedAt: unknown
  durationMs: unknown
  command: unknown
  checks: { id: string; durationMs: unknown }[]
}

/** All but times, and the command, which is another. */
function timeless(path: string) {
  const {
    startedAt: _,
    durationMs: __,
    command: ___,
    checks,
    ...report
  } = JSON.parse(readFileSync(path, 'utf8')) as Report
  const sorted = checks.map(({ durationMs: _, ...check }) => check).sort((a, b) => (a.id < b.id ? -1 : 1))
  return { ...report, checks: sorted }
}

t.test('all shards merged are the run that was not split', async (t) => {
  const from = t.testdir({})
  const run = (...args: string[]) => t.equal(resident(['run', 'osm/outbound', 'osm/ipv6', ...args], { from }).status, 0)
  run('--reporter', 'json=whole.json')
  const files = [1, 2, 3].map((index) => `shard-${index}.json`)
  files.forEach((file, index) =>
    run('--shard', `${index + 1}/3`, '--jobs', `${index + 1}`, '--reporter', `json=${file}`),
  )
  t.match(sidetrack(['merge', ...files, '--reporter', 'json=merged.json'], { from }), {
    status: 0,
    stdout: '',
    stderr: '',
  })
  t.strictSame(timeless(join(from, 'merged.json')), timeless(join(from, 'whole.json')))
  t.match(resident(['merge', 'shard-1.json', 'shard-3.json'], { from }), {
    status: 2,
    stdout: '',
    stderr: /^sidetrack: shard-1.json: of its 3 shards 2 is missing\n$/,
  })
})

t.test('a report of failures is told again as it was told, and ends as the run did', async (t) => {
  const from = t.testdir({})
  const args = ['run', 'loopback-and-self', '--mesh', 'osm@1.2', '--rules', 'osm@0.11', '--iptables', 'nft']
  const first = resident([...args, '--reporter', 'pretty', '--reporter', 'json=report.json'], { from })
  t.equal(first.status, 1)
  const again = resident(['merge', 'report.json', '--reporter', 'pretty', '--reporter', 'json=again.json'], { from })
  t.equal(again.status, 1)
  t.match(again.stdout, /run only this check\n.*--mesh osm@1\.2 --rules osm@0\.11\n/)
  t.equal(again.stdout, first.stdout)
  t.strictSame(timeless(join(from, 'again.json')), timeless(join(from, 'report.json')))
})

t.test('an interrupted shard ends the whole with 130', async (t) => {
  const from = t.testdir({})
  resident(['run', 'inner-bridge', '--iptables', 'nft', '--reporter', 'json=report.json'], { from })
  const text = readFileSync(join(from, 'report.json'), 'utf8')
  writeFileSync(join(from, 'report.json'), text.replace('"interrupted":false', '"interrupted":true'))
  t.equal(resident(['merge', 'report.json'], { from }).status, 130)
})

t.test('an empty shard says so, and is as good as any', async (t) => {
  const from = t.testdir({})
  const shard = (index: number) =>
    resident(
      `run inner-bridge --iptables nft --shard ${index}/2 --reporter pretty --reporter json=${index}.json`.split(' '),
      {
        from,
      },
    )
  t.equal(shard(1).status, 0)
  t.match(shard(2), { status: 0, stdout: /^shard 2\/2 is empty: there are fewer pods than shards$/m })
  t.match(resident(['merge', '1.json', '2.json', '--reporter', 'pretty'], { from }), {
    status: 0,
    stdout: /\d+ checks, /,
  })
})
