import t from 'tap'
import type { RunEvent } from '../../../harness/run/schedule/events.ts'
import { json } from '../../../harness/report/reporters/json.ts'
import { end, events, failed, natRule, nearMisses, passed, start, written } from '../example.ts'

t.test('a report is sidetrack.report/1', async (t) => {
  const report = JSON.parse(written(json, events(passed, failed)))
  t.match(report, {
    schema: 'sidetrack.report/1',
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 2512,
    seed: 1,
    command: ['run'],
    interrupted: false,
  })
  t.same(report.summary, { checks: 2, passed: 1, failed: 1, skipped: 0, errors: 0, leftOut: 0 })
  t.equal(report.environments[0].iptables.nft, '1.8.9')
  t.same(report.checks[1], {
    id: passed.check.id,
    scenario: 'excluded ports stay direct',
    title: 'app (1000:1000) sends TCP to 203.0.113.10:6379',
    location: { file: 'scenarios/osm/exclusions.ts', line: 8 },
    rules: { source: 'osm@1.2', applied: { ok: true } },
    environment: 'local',
    iptables: 'nft',
    family: 'ipv4',
    flow: {
      identity: 'app',
      uid: 1000,
      gid: 1000,
      groups: [],
      origin: 'pod',
      protocol: 'tcp',
      destination: '203.0.113.10:6379',
    },
    expected: { verdict: 'direct' },
    observed: {
      verdict: 'redirected',
      listener: 'outbound',
      originalDestination: '203.0.113.10:6379',
      journey: [
        {
          at: 'outbound',
          local: '127.0.0.1:15001',
          originalDestination: '203.0.113.10:6379',
          dialled: '203.0.113.10:6379',
          identity: { uid: 1000, gid: 1000, groups: [] },
        },
        {
          at: 'peer',
          local: '203.0.113.10:6379',
          dialled: '203.0.113.10:6379',
          identity: { uid: 1500, gid: 0, groups: [] },
        },
      ],
    },
    status: 'failed',
    reason: "expected direct, but the proxy's outbound listener got it",
    parting: { at: 0, expected: [{ kind: 'owner', of: 'the destination' }] },
    evidence: failed.evidence,
    durationMs: 0.5,
  })
})

t.test('what failed says which rules it missed by one condition', async (t) => {
  const { checks } = JSON.parse(written(json, events({ ...failed, nearMisses })))
  t.match(checks[0].nearMisses, {
    rules: [
      {
        rule: { chain: 'OUT', rule: 3 },
        asks: '--dport 6380',
        actual: '6379',
        end: { kind: 'received', at: 'peer', local: '203.0.113.10:6379' },
      },
    ],
    untried: 2,
  })
})

t.test('causes name the rule and the checks that it struck', async (t) => {
  const rule = natRule(3, '-A OSM -j RETURN')
  const missing = { ...failed, promisedBy: { source: 'osm@1.2', rules: [{ rule, isMissing: true }] } }
  const report = JSON.parse(written(json, events(passed, missing)))
  t.same(report.causes, [
    {
      kind: 'missing',
      reason: 'nat OSM lacks a rule that osm@1.2 has there',
      source: 'osm@1.2',
      rule,
      checks: [failed.check.id],
    },
  ])
  t.same(report.checks[1].promisedBy, missing.promisedBy)
  t.same(JSON.parse(written(json, events(passed))).causes, [])
})

t.test(
  'a report says which part of a plan it is, what was to be run, and with which options to run it again',
  async (t) => {
    const shard = { index: 1, count: 3, plan: 'abc' }
    const report = JSON.parse(written(json, [{ ...start, shard } as RunEvent, end], { carried: ['--mesh', 'osm@1.2'] }))
    t.match(report, { shard, planned: 2, carried: ['--mesh', 'osm@1.2'] })
    t.notOk('shard' in JSON.parse(written(json, events(passed))))
  },
)

t.test('an expected journey begins with the listener', async (t) => {
  const check = {
    ...passed.check,
    expected: { verdict: 'redirected', listener: 'outbound', then: ['inbound', 'app'] } as const,
  }
  const report = JSON.parse(written(json, events({ ...passed, check })))
  t.same(report.checks[0].expected, {
    verdict: 'redirected',
    listener: 'outbound',
    journey: ['outbound', 'inbound', 'app'],
  })
})

t.test('a check of loading the rules has no flow', async (t) => {
  const { flow: _, credentials: __, ...check } = passed.check
  const report = JSON.parse(
    written(
      json,
      events({ ...passed, check: { ...check, expected: { applies: 'rejected', at: 3, leaves: 'nothing' } } }),
    ),
  )
  t.notOk('flow' in report.checks[0])
  t.same(report.checks[0].expected, { applies: 'rejected', at: 3, leaves: 'nothing' })
})

t.test('a run without a single result is valid, and so is an interrupted one', async (t) => {
  t.same(JSON.parse(written(json, [start, end])).checks, [])
  t.equal(
    JSON.parse(written(json, [start, { type: 'result', result: passed }, { ...end, interrupted: true }])).interrupted,
    true,
  )
})

t.test('where places disagree the report says so', async (t) => {
  const other = {
    ...failed,
    check: { ...failed.check, backend: 'legacy', id: failed.check.id.replace('/nft/', '/legacy/') },
  } as const
  const report = JSON.parse(written(json, events(passed, other)))
  t.match(report.findings, [
    {
      kind: 'difference',
      id: 'osm/exclusions/excluded ports stay direct/app-tcp-203.0.113.10:6379/ipv4',
      behaviours: [
        {
          observed: { verdict: 'redirected', originalDestination: '203.0.113.10:6379' },
          places: [{ environment: 'local', iptables: 'legacy' }],
        },
        { observed: { verdict: 'direct' }, places: [{ environment: 'local', iptables: 'nft' }] },
      ],
    },
  ])
  t.same(JSON.parse(written(json, events(passed))).findings, [])
})
