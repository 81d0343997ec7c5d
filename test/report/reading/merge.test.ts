import t from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import { mergedEvents } from '../../../harness/report/reading/merge.ts'
import { json } from '../../../harness/report/reporters/json.ts'
import { readReport, type Report } from '../../../harness/report/reading/read-report.ts'
import type { CheckResult } from '../../../harness/run/checks/check.ts'
import type { RunEvent } from '../../../harness/run/schedule/events.ts'
import { end, failed, natRule, nearMisses, passed, start, written } from '../example.ts'

type Start = Extract<RunEvent, { type: 'start' }>
type End = typeof end
interface Rest {
  start?: Partial<Start>
  end?: Partial<End>
}

const absolute = (file: string): string => `/checkout/${file}`
const other: CheckResult = { ...passed, check: { ...passed.check, id: passed.check.id.replace('6379', '6380') } }

function textOf(results: readonly CheckResult[], rest: Rest = {}): string {
  const count = (status: string) => results.filter((result) => result.status === status).length
  const summary = {
    checks: results.length,
    passed: count('passed'),
    failed: count('failed'),
    skipped: 0,
    errors: count('error'),
    leftOut: 0,
  }
  return written(json, [
    { ...(start as Start), checks: results.length, ...rest.start },
    ...results.map((result): RunEvent => ({ type: 'result', result })),
    { ...end, summary, ...rest.end },
  ])
}

const report = (name: string, results: readonly CheckResult[], rest?: Rest): Report =>
  readReport(name, textOf(results, rest), absolute)
const shard = (index: number, plan = 'aaaa', count = 2): Rest => ({ start: { shard: { index, count, plan } } })
const merged = (...reports: Report[]) => JSON.parse(written(json, mergedEvents(reports, ['run'])))

const jump = natRule(1, '-A OUTPUT -p tcp -j X')

const everything: CheckResult[] = [
  {
    ...failed,
    predicted: { unknown: 'a match that nobody knows' },
    nearMisses,
    decidedBy: { observed: [jump] },
  },
  {
    ...passed,
    check: {
      ...passed.check,
      id: 'osm/exclusions/a/b/nft/ipv6',
      family: 'ipv6',
      credentials: { uid: 5, gid: 6, groups: [7, 8] },
      flow: {
        identity: { uid: 5, gid: 6, groups: [7, 8] },
        origin: { kind: 'peer', interface: 'net1' },
        protocol: 'icmp',
        destination: { kind: 'pod', interface: 'net1', port: 0 },
        source: { address: '2001:db8::9' },
        bindToDevice: 'eth0',
      },
      expected: { verdict: 'redirected', listener: 'outbound', then: ['inbound', 'app'] },
    },
    predicted: { verdict: 'dropped', journey: [] },
    decidedBy: { observed: [jump], predicted: [{ ...jump, rule: 2, comment: 'why' }], divergesAt: 0 },
    observed: {
      verdict: 'refused',
      refusedBy: 'peer',
      translatedTo: { address: '2001:db8::1', port: 80 },
      journey: [{ at: 'app', dialled: { address: '2001:db8::1', port: 0 }, identity: { uid: 5, gid: 6, groups: [] } }],
      heard: 'app',
      notes: ['lost'],
    },
  },
  {
    ...passed,
    status: 'error',
    fault: 'machine',
    reason: 'no such thing',
    check: { ...other.check, expected: { applies: 'rejected', at: 3, leaves: 'part' } },
    rules: { source: 'scenario', applied: { ok: false, line: 3, text: '-A X', message: 'no', leaves: 'part' } },
  },
]

t.test('what is read from a report is what was written', async (t) => {
  const carried = ['--mesh', 'osm@1.2']
  const text = written(json, [start, ...everything.map((result): RunEvent => ({ type: 'result', result })), end], {
    carried,
  })
  const summary = { ...end.summary, checks: 3, errors: 1 }
  const { results } = readReport('it', text.replace(JSON.stringify(end.summary), JSON.stringify(summary)), absolute)
  const scenario = {
    mesh: 'osm',
    title: 'excluded ports stay direct',
    location: { file: '/checkout/scenarios/osm/exclusions.ts', line: 8 },
  }
  t.strictSame(
    results,
    everything.map((result) => ({ ...result, check: { ...result.check, scenario, carried } })),
  )
})

t.test('shards make the whole, in whatever order they are given', async (t) => {
  const whole = JSON.parse(textOf([failed, other]))
  t.same(merged(report('b', [failed], shard(2)), report('a', [other], shard(1))), {
    ...whole,
    durationMs: 2 * whole.durationMs,
  })
  t.same(merged(report('a', [failed, other], shard(1)), report('b', [], shard(2))), {
    ...whole,
    durationMs: 2 * whole.durationMs,
  })
})

const refused: readonly [what: string, reports: () => Report[], message: RegExp][] = [
  ['a missing shard', () => [report('a', [passed], shard(1, 'aaaa', 3))], /^a: of its 3 shards 2, 3 are missing$/],
  [
    'a doubled shard',
    () => [report('a', [passed], shard(1)), report('b', [other], shard(1))],
    /^b: shard 1\/2 is there twice, also in a$/,
  ],
  [
    'a foreign shard',
    () => [
      report('a', [passed], shard(1, 'aaaa', 3)),
      report('b', [other], shard(2, 'bbbb', 3)),
      report('c', [], shard(3, 'aaaa', 3)),
    ],
    /^b: shard 2\/3 is of another run than a$/,
  ],
  [
    'shards of other counts',
    () => [report('a', [passed], shard(1)), report('b', [other], shard(2, 'aaaa', 3))],
    /is of another run than/,
  ],
  [
    'a check of two reports',
    () => [report('a', [passed]), report('b', [other, passed])],
    /^b: the check .*6379\/nft\/ipv4 on namespaces is also in a$/,
  ],
  [
    'a check of two shards',
    () => [report('a', [passed], shard(1)), report('b', [passed], shard(2))],
    /^b: the check .* is also in a$/,
  ],
  [
    'a check too often',
    () => [report('a', [passed, other, passed])],
    /^a: the check .* is there \d times, and others \d$/,
  ],
]
for (const [what, reports, message] of refused) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => mergedEvents(reports(), []), { fault: 'input', message })
  })
}

t.test('a check may be there as often as all others are, or less often where the run ended early', async (t) => {
  t.equal(merged(report('a', [passed, other, other, passed])).summary.checks, 4)
  t.equal(merged(report('a', [passed, other, passed], { start: { checks: 4 } })).planned, 4)
})

t.test('the same checks elsewhere are another run, and environments are told apart', async (t) => {
  const [local] = (start as Start).environments
  if (local === undefined) throw new TypeError('there is one')
  const container = { ...local, id: 'container x', sandbox: 'container', image: 'x' } as const
  const there = { ...passed, environment: container.id }
  const both = merged(report('a', [passed]), report('b', [there], { start: { environments: [container] } }))
  t.same(both.environments, [local, container])
  const kernel = { ...local, kernel: '7.0' }
  const shards = merged(
    report('a', [passed], shard(1)),
    report('b', [other], { start: { ...shard(2).start, environments: [kernel] } }),
  )
  t.same(shards.environments, [local, { ...kernel, id: 'local #2' }])
  t.same(
    shards.checks.map(({ environment }: { environment: string }) => environment),
    ['local', 'local #2'],
  )
})

t.test('shards of one plan in two places are two runs, each with all its shards', async (t) => {
  const [local] = (start as Start).environments
  const container = { ...local, id: 'c', sandbox: 'container', image: 'x' } as NonNullable<typeof local>
  const there = (index: number): Rest => ({ start: { ...shard(index).start, environments: [container] } })
  const here = [report('a', [passed], shard(1)), report('b', [other], shard(2))]
  const first = report('c', [{ ...passed, environment: 'c' }], there(1))
  t.throws(() => mergedEvents([...here, first], []), { message: /^c: of its 2 shards 2 is missing$/ })
  t.equal(merged(...here, first, report('d', [{ ...other, environment: 'c' }], there(2))).summary.checks, 4)
})

t.test('what ended a run early, or was left out, is in the whole', async (t) => {
  const leftOut = { checks: 1, passed: 1, failed: 0, skipped: 0, errors: 0, leftOut: 3 }
  const whole = merged(
    report('a', [passed], { ...shard(1), end: { interrupted: true, summary: leftOut } }),
    report('b', [other], { ...shard(2), end: { summary: leftOut } }),
  )
  t.match(whole, { interrupted: true, summary: { checks: 2, leftOut: 3 } })
  const faulty = (name: string, result: CheckResult, fault: 'machine' | 'sidetrack') =>
    report(name, [result], { end: { error: new HarnessError(fault, `a fault in ${name}`) } })
  t.same(merged(faulty('a', passed, 'machine'), faulty('b', other, 'sidetrack')).error, {
    fault: 'sidetrack',
    reason: 'a fault in b',
  })
})

const text = textOf([failed])
const unreadable: readonly [what: string, text: string, message: RegExp][] = [
  ['broken JSON', text.slice(0, -5), /^it: is not JSON: /],
  ['another schema', '{"schema":"sidetrack.gate/1"}', /^it: is no sidetrack.report\/1$/],
  ['no object', 'null', /^it: is no sidetrack.report\/1$/],
  ['a field that is wrong', text.replace('"status":"failed"', '"status":"fine"'), /^it: checks\.0\.status: /],
  [
    'an address that is none',
    text.replaceAll('127.0.0.1:15001', '127.0.0.1:x'),
    /^it: checks\.0\.observed.*is no address/,
  ],
  [
    'a destination that is none',
    text.replace('"destination":"203', '"destination":"x203'),
    /^it: checks\.0: 'x203.* is no endpoint/,
  ],
  [
    'a check that is gone',
    text.replace(/"checks":\[.*\],"durationMs"/s, '"checks":[],"durationMs"'),
    /^it: its summary does not fit its 0 checks$/,
  ],
]
for (const [what, text, message] of unreadable) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => readReport('it', text, absolute), { fault: 'input', message })
  })
}
