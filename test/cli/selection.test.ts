import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const from = t.testdir({
  'some.ts': `import { app, osm, proxy, scenario } from 'sidetrack'
export default [
  scenario('The first', { rules: osm(), tags: ['surprise'], flows: [
    app.tcp('203.0.113.10:80').isRedirected('outbound'),
    proxy.tcp('203.0.113.10:80').isRedirected('outbound'),
  ] }),
  scenario('the second', { rules: osm(), tags: ['osm#1', 'plain'], flows: [app.tcp('203.0.113.10:81').isRedirected('outbound')] }),
]
`,
})

interface Written {
  checks: { id: string; status: string }[]
}

/** The ids that a call runs, without what all have in common. */
function idsOf(...args: string[]): string[] {
  const { stdout, stderr } = resident(['run', 'some.ts', '--iptables', 'nft', '--reporter', 'json', ...args], { from })
  if (stdout === '') throw new Error(stderr)
  return (JSON.parse(stdout) as Written).checks.map(({ id }) => id.replace(/^osm\/some\/(.*)\/nft\/ipv4$/, '$1')).sort()
}

const refusal = (...args: string[]): string => {
  const { status, stderr } = resident(['run', ...args], { from })
  t.equal(status, 2, args.join(' '))
  return stderr
}

const [first, failing, second] = [
  'the-first/app-tcp-203.0.113.10:80',
  'the-first/proxy-tcp-203.0.113.10:80',
  'the-second/app-tcp-203.0.113.10:81',
] as const

t.test('titles, tags and ids select checks', async (t) => {
  t.same(idsOf('--grep', '^The first$'), [first, failing], 'a title as it is written')
  t.same(idsOf('--grep', 'second'), [second])
  t.same(idsOf('--tag', 'plain'), [second])
  t.same(idsOf('--tag', 'plain', '--tag', 'surprise', '--grep', 'app-'), [first, second])
  t.same(idsOf(`osm/some/${second}/nft/ipv4`, `osm/some/${first}/nft/ipv4`), [first, second])
  t.match(
    refusal('some.ts', '--tag', 'plains'),
    /no check is selected \(2 scenarios, --tag plains\); did you mean --tag plain\?/,
  )
  t.match(
    refusal('some.ts', 'osm/some/the-first/app-tcp-203.0.113.10:8/nft/ipv4'),
    /no check has this id; did you mean osm\/some\/the-first\/app-tcp/,
  )
  t.equal(
    resident(['list', 'some.ts', '--tag', 'osm#1'], { from }).stdout.split('\n')[0],
    'osm/some › the second [osm#1] [plain]',
  )
  t.match(
    resident(['list', 'some.ts', '--grep', 'The'], { from }).stdout,
    /^osm\/some › The first.*\n.*\n.*\n1 scenario, 2 flows\n$/,
  )
})

t.test("a check of Sidetrack's own needs no file beside its id", async (t) => {
  const id = 'osm/outbound/default-outbound-is-redirected/app-tcp-203.0.113.10:80/nft/ipv4'
  const own = JSON.parse(resident(['run', 'osm/outbound', '--iptables', 'nft', '--reporter', 'json']).stdout) as Written
  const one = own.checks[0]?.id ?? id
  const { checks } = JSON.parse(sidetrack(['run', one, '--reporter', 'json']).stdout) as Written
  t.same(
    checks.map(({ id }) => id),
    [one],
  )
})

t.test('what failed last is asked again, before it is divided', async (t) => {
  resident(['run', 'some.ts', '--iptables', 'nft', '--reporter', 'json=last.json'], { from })
  t.same(idsOf('--last-failed', 'last.json'), [failing])
  t.same(idsOf('--last-failed', 'last.json', '--shard', '1/2'), [failing])
  const { checks } = JSON.parse(readFileSync(join(from, 'last.json'), 'utf8')) as Written
  t.equal(checks.filter(({ status }) => status === 'failed').length, 1)
  resident(['run', 'some.ts', '--grep', 'second', '--reporter', 'json=good.json'], { from })
  t.match(
    refusal('some.ts', '--last-failed', 'good.json'),
    /good\.json: no check failed there; leave --last-failed out/,
  )
  t.match(refusal('some.ts', '--last-failed', 'some.ts'), /some\.ts/)
  t.match(refusal('some.ts', '--durations', 'last.json'), /--durations: nothing is divided; add --shard I\/N/)
  t.same(
    [
      ...idsOf('--shard', '1/2', '--durations', 'last.json'),
      ...idsOf('--shard', '2/2', '--durations', 'last.json'),
    ].sort(),
    [first, failing, second],
  )
})
