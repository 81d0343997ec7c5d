import * as v from 'valibot'
import t from 'tap'
import { Coverage } from '../../harness/gate/classes/coverage.ts'
import { gateSchema } from '../../harness/gate/gate-schema.ts'
import type { Change } from '../../harness/gate/changes/change.ts'
import { firewalls } from '../../harness/gate/compared/beside.ts'
import type { GateReport } from '../../harness/gate/approvals/outcome.ts'
import { annotationsOf } from '../../harness/gate/reporters/github.ts'
import { json } from '../../harness/gate/reporters/json.ts'
import { gateMarkdown } from '../../harness/gate/reporters/markdown.ts'
import { pretty } from '../../harness/gate/reporters/pretty.ts'
import type { GateReporter } from '../../harness/gate/reporters/reporter.ts'
import { sarif } from '../../harness/gate/reporters/sarif.ts'
import { changes, flow, report } from './example.ts'

const silent: GateReport = { ...report, changes: [] }

function written(reporter: GateReporter, given = report, verbose = false): string {
  let all = ''
  reporter(
    given,
    {
      write: (text) => {
        all += text
      },
    },
    { color: false, verbose, path: (file) => file, file: 'builder' },
  )
  return all
}

t.test('pretty: a rule that nobody knows is not told as none', async (t) => {
  const { cause } = flow(80, 'opened')
  const rules = { ...cause.rules, baseline: undefined }
  const title = (untold?: readonly ['baseline']): string =>
    written(pretty, {
      ...report,
      changes: [flow(80, 'opened', { cause: { ...cause, rules, ...(untold && { untold }) } })],
    })
  t.match(title(), /rule 1 decides in place of no rule\n {2}before {3}no rule decided\n/)
  t.match(title(['baseline']), /in place of a rule that nobody knows\n {2}before {3}nobody knows which rule\n/)
})

t.test('pretty: by cause, the worst first, what is approved counted', async (t) => {
  const text = written(pretty)
  t.match(text, /\n412 classes compared, 4 apart\n/)
  t.match(
    text,
    /\nOPENED 2 flows: nat OUT rule 1 decides in place of nat OUT rule 2\n {2}before {3}nat OUT rule 2, from OUTPUT: -A OUT -j REDIRECT --to-ports 15001\n {2}after {4}.*\n {2}changed {2}- line 3: nat -A OUT -p udp -j RETURN\n {11}\+ line 4: nat -A OUT -p tcp -j RETURN\n/,
  )
  t.match(
    text,
    / {2}- app \(1000:1000\) → TCP 203.0.113.10:80: redirected to outbound, then peer → direct to the peer\n {4}port 80; nft ipv4; default\n/,
  )
  t.ok(text.indexOf('OPENED') < text.indexOf('CLOSED'), 'opened before closed')
  t.notMatch(text, /:82:/, 'what is approved is not told')
  t.match(
    text,
    /\nok.yaml:2: old: this approval covers no change; --prune takes it out\n4 changes in 1.2 s, 1 approved, 3 not\n$/,
  )
  t.match(written(pretty, report, true), /approved: meant/)
  t.match(written(pretty, silent), /\n412 classes compared, none apart\n[\s\S]*no behaviour has changed in 1.2 s\n$/)
  const part = new Coverage(1)
  part.missing({ missing: ['net1'] })
  t.match(
    written(pretty, { ...silent, coverage: part }),
    /no behaviour has changed, as far as was compared in 1.2 s\n$/,
  )
  t.notMatch(text, /\u001b/, 'nothing of it reaches a terminal')
})

t.test('pretty: approvals that nothing needs leave the rest of a screen as it is', async (t) => {
  const [old] = report.approvals?.stale ?? []
  if (old === undefined) throw new Error('the example has one that nothing needs')
  const stale = Array.from({ length: 30 }, (_, at) => ({ ...old, line: at + 1, ids: `old-${at}` }))
  const many = { ...report, approvals: { name: 'ok.yaml', stale, unseen: [] } }
  t.match(
    written(pretty, many),
    /ok.yaml:5: old-4: .*\n… and 25 further lines of the kind; --verbose shows them all\n4 changes/,
  )
  t.match(written(pretty, many, true), /ok.yaml:30: old-29: .*\n4 changes/)
})

t.test('json is what its schema says', async (t) => {
  const parsed = v.parse(gateSchema, JSON.parse(written(json)))
  t.match(parsed.summary, { changes: 4, approved: 1, unapproved: 3, errors: 0 })
  t.match(parsed.changes[0], {
    effect: 'opened',
    baseline: { says: 'redirected to outbound, then peer', deciding: { rule: 2 } },
    candidate: { observed: { verdict: 'direct' } },
    approved: null,
  })
  t.match(parsed.changes[2]?.approved, { line: 1, reason: 'meant' })
  t.match(parsed.stale, [{ line: 2, ids: 'old' }])
  v.parse(gateSchema, JSON.parse(written(json, silent)))
})

t.test('json says under what else a flow was sent than the rules of one application', async (t) => {
  const told = (under?: Change['under']) => {
    const changes = [flow(80, 'closed', under && { under })]
    return v.parse(gateSchema, JSON.parse(written(json, { ...report, changes }))).changes[0]?.under
  }
  const plain = 'osm/witness/default/app-udp-10.96.0.10:53/nft/ipv4'
  const [firewall] = firewalls
  t.equal(told(), undefined)
  t.same(told({ name: 'again', plain }), { name: 'again' })
  t.same(told({ name: 'firewall-in', rule: firewall?.rule ?? '', plain }), {
    name: 'firewall-in',
    rule: '-A INPUT ! -i lo -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP',
  })
})

t.test('sarif: a result each, an approved one suppressed', async (t) => {
  const { version, runs } = JSON.parse(written(sarif))
  t.equal(version, '2.1.0')
  t.match(runs[0].results[0], {
    ruleId: 'opened',
    ruleIndex: 1,
    level: 'error',
    partialFingerprints: { 'sidetrackChange/v1': changes[0]?.id },
    locations: [{ physicalLocation: { artifactLocation: { uri: 'builder' } } }],
  })
  t.match(runs[0].results[3], { level: 'warning', suppressions: [{ justification: 'meant' }] })
  const own = runs[0].results.map(({ partialFingerprints: own }: { partialFingerprints: Record<string, string> }) =>
    String(own['primaryLocationLineHash']),
  )
  t.equal(new Set(own).size, changes.length, 'an alert each, though all are at one line of the builder')
  for (const { fullDescription, help } of runs[0].tool.driver.rules) t.ok(fullDescription.text && help.text)
})

t.test(
  'sarif: no more results and text than code scanning takes, the gravest first, and what is left out',
  async (t) => {
    const many = Array.from({ length: 6000 }, (_, port) => flow(port, 'moved', { range: 'port '.repeat(5000) }))
    const [approved, worst] = [flow(1, 'opened', { approved: { line: 1, reason: 'meant' } }), flow(2, 'opened')]
    const [run] = JSON.parse(written(sarif, { ...report, changes: [approved, ...many, worst] })).runs
    t.equal(run.results.length, 5000)
    t.match(run.results[0], { ruleId: 'opened', partialFingerprints: { 'sidetrackChange/v1': worst.id } })
    t.equal(run.results[1].message.text.length < 5000, true)
    t.match(run.results[1].message.text, /… \(\d+ more characters\)$/)
    t.match(run.invocations[0].toolExecutionNotifications[0].message.text, /^1002 of 6002 results are left out: /)
    t.notOk(JSON.parse(written(sarif)).runs[0].invocations)
  },
)

t.test('markdown has the lines that approve it, and no markup of a stranger', async (t) => {
  const text = gateMarkdown(report)
  t.match(text, /^## Sidetrack gate: ❌ 4 changes, 1 approved, 3 not\n/)
  t.match(
    text,
    /- ids: osm\/witness\/default\/app-tcp-\*\/nft\/ipv4 # opened: app .*, and 1 more flow\n {2}before: redirected to outbound, then peer\n {2}after: direct to the peer\n {2}changed:\n {4}- "- nat -A OUT -p udp -j RETURN"\n/,
  )
  t.notMatch(text, /<script>/)
  t.match(gateMarkdown(silent), /^## Sidetrack gate: ✅ no behaviour has changed\n/)
  t.ok(
    Buffer.byteLength(
      gateMarkdown(
        { ...report, changes: Array.from({ length: 3000 }, (_, port) => flow(port, 'opened', { subject: `${port}` })) },
        100_000,
      ),
    ) <= 100_000,
  )
})

t.test('github: an annotation for each cause, the builder its place', async (t) => {
  const lines = annotationsOf(report, { file: 'builder' })
  t.equal(lines.length, 2)
  t.match(
    lines[0],
    '%0Achanged: - line 3: nat -A OUT -p udp -j RETURN%0A  + line 4: nat -A OUT -p tcp -j RETURN%0A- app',
  )
  t.match(lines[0], /^::error file=builder,title=OPENED 2 flows%3A nat OUT rule 1 decides/)
})
