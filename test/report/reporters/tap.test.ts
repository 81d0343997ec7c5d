import { Parser } from 'tap-parser'
import t from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import { tap } from '../../../harness/report/reporters/tap.ts'
import { end, events, failed, passed, start, written } from '../example.ts'

function parse(text: string) {
  return Parser.parse(text, { strict: true })
}

function points(text: string) {
  return parse(text).flatMap(([type, point]) => (type === 'assert' ? [point] : []))
}

t.test('tap-parser reads a run: plan, points, skips and nothing it does not know', async (t) => {
  const parser = new Parser({ strict: true })
  parser.end(written(tap, events(passed, failed, { ...passed, status: 'skipped', reason: 'no # here' })))
  t.match(parser.results, { ok: false, count: 3, pass: 2, fail: 1, skip: 1, plan: { start: 1, end: 3 } })
  t.same(
    parser.results?.failures.filter((failure) => failure.tapError !== null),
    [],
  )
  t.equal(parser.results?.skips[0]?.skip, 'no # here')
})

t.test('diagnostics hold texts as they are, with leading spaces, quotes and colons', async (t) => {
  const [point] = points(written(tap, events(failed)))
  t.equal(point?.diag?.rules, failed.evidence?.rules.trimEnd())
  t.equal(point?.diag?.reason, failed.reason)
  t.equal(point?.diag?.at, 'scenarios/osm/exclusions.ts:8')
})

t.test('a rule text with control characters is still YAML', async (t) => {
  const [point] = points(
    written(tap, events({ ...failed, evidence: { rules: '  first\n\x1b[31m\r\n', conntrack: [] } })),
  )
  t.equal(point?.diag?.rules, '  first\n\\x1b[31m\\x0d')
})

t.test('a title cannot pass for a directive', async (t) => {
  const { check } = passed
  const sly = { ...failed, check: { ...check, scenario: { ...check.scenario, title: 'all # SKIP \\ of it\nok 2' } } }
  const [point] = points(written(tap, events(sly)))
  t.equal(point?.ok, false)
  t.notOk(point?.skip)
  t.match(point?.name, 'all # SKIP \\ of it ok 2')
})

t.test('a run that breaks off bails out', async (t) => {
  const error = new HarnessError('machine', 'the sandbox died')
  for (const [last, reason] of [
    [{ ...end, error }, 'the sandbox died'],
    [{ ...end, interrupted: true }, 'interrupted'],
  ] as const) {
    const parser = new Parser()
    parser.end(written(tap, [start, { type: 'result', result: passed }, last]))
    t.equal(parser.results?.bailout, reason)
  }
})
