import t from 'tap'
import { run } from '../../harness/run/schedule/run.ts'
import { app, osm, proxy, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import type { Scenario } from '../../harness/scenario/scenario.ts'
import { besideRules } from '../../harness/run/plan/beside-rules.ts'
import { inputProblems } from '../../harness/run/plan/input-problems.ts'
import { makePlan } from '../../harness/run/plan/plan.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { openSandbox } from '../sandbox/open.ts'
import { Heard, options, type Said } from './options.ts'

const flow = app.tcp('203.0.113.10:80')
const payload = (...rules: string[]) => `*nat\n${rules.join('\n')}\nCOMMIT\n`
const toOther = (port: number) => payload(`-A OUTPUT -p tcp --dport ${port} -j DNAT --to-destination 203.0.113.99`)
const jobOf = (made: Scenario) => {
  const [job] = makePlan(options({ scenarios: [made] })).jobs
  if (job === undefined) throw new Error('no job')
  return job
}

t.test('texts stand before and after the rules in the order in which they are loaded', async (t) => {
  const beside = { before: toOther(81), after: toOther(82), otherBackend: toOther(83) }
  const job = jobOf(
    scenario('s', { rules: osm(), beside, cleanUp: 'iptables -t nat -F OUTPUT', flows: [flow.isDirect()] }),
  )
  const { before, after } = await besideRules(job, PodAddresses.of(job.scenario))
  t.match(before, [
    { backend: 'legacy', payload: /dport 83/ },
    { backend: undefined, payload: /dport 81/ },
  ])
  t.match(after, [{ payload: /dport 82/ }, { form: 'commands', commands: [{ argv: ['-t', 'nat', '-F', 'OUTPUT'] }] }])
})

t.test('one that cannot be read is told with its field and line', async (t) => {
  const jobs = [
    jobOf(
      scenario('s', { rules: osm(), beside: { after: payload('-A OUTPUT -j $SOMEWHERE') }, flows: [flow.isDirect()] }),
    ),
    jobOf(scenario('c', { rules: osm(), cleanUp: 'rm -r /', flows: [flow.isDirect()] })),
  ]
  t.match(await inputProblems(jobs), [
    { what: /^scenario 's', beside\.after, line 2, column 14: '\$' is not read/ },
    { what: /^scenario 'c', cleanUp, line 1, column 1: .*nothing else is run/ },
  ])
})

const sandbox = await openSandbox(t)

async function statuses(scenarios: Scenario[], more: Said = {}): Promise<string[]> {
  const heard = new Heard()
  await run(options({ sandbox, scenarios, backends: ['nft', 'legacy'], ...more }), heard.listen)
  return heard.results.map(({ check, status, reason = '' }) =>
    `${check.scenario.title} ${check.backend}: ${status} ${reason}`.trim(),
  )
}

t.test(
  'what another program has loaded before the rules comes first, and what it loads after them does not',
  async (t) => {
    const beside = (given: object, flows: Scenario['flows']) =>
      scenario(Object.keys(given).join(), { rules: osm(), beside: given, flows })
    const flows = [flow.isTranslated('203.0.113.99:80'), app.tcp('203.0.113.10:82').isRedirected('outbound')]
    // What comes behind the mesh's rules meets what those leave alone, as what the proxy dials on.
    const left = [
      flow.isRedirected('outbound', { then: ['peer'] }),
      proxy.tcp('203.0.113.10:80').isTranslated('203.0.113.99:80'),
    ]
    t.same(
      new Set(await statuses([beside({ before: toOther(80) }, flows), beside({ after: toOther(80) }, left)])),
      new Set(['before nft: passed', 'before legacy: passed', 'after nft: passed', 'after legacy: passed']),
    )
  },
)

t.test('rules may stand in both backends: the old one is asked as well', async (t) => {
  const closed = '*filter\n-A OUTPUT -p tcp --dport 80 -j REJECT --reject-with tcp-reset\nCOMMIT\n'
  const rules = ruleText('osm', '*filter\n-A OUTPUT -p tcp --dport 81 -j REJECT --reject-with tcp-reset\nCOMMIT\n')
  const flows = [
    flow.isRefused('pod'),
    app.tcp('203.0.113.10:81').isRefused('pod'),
    app.tcp('203.0.113.10:82').isDirect(),
  ]
  t.same(
    new Set(await statuses([scenario('both', { rules, beside: { otherBackend: closed }, flows })])),
    new Set(['both nft: passed', 'both legacy: passed']),
  )
  t.same(
    new Set(await statuses([scenario('one', { rules, flows: [flow.isDirect(), ...flows.slice(1)] })])),
    new Set(['one nft: passed', 'one legacy: passed']),
    'and nothing of it is left in the pod',
  )
})

t.test('what cleans up is loaded last', async (t) => {
  const cleanUp =
    'iptables -t nat -F OUTPUT && iptables -t nat -A OUTPUT -p tcp --dport 81 -j DNAT --to-destination 203.0.113.99'
  const flows = [
    flow.isDirect(),
    app.tcp('203.0.113.10:81').isTranslated('203.0.113.99:81'),
    proxy.tcp('203.0.113.10:80').isDirect(),
  ]
  t.same(
    new Set(await statuses([scenario('clean', { rules: osm(), cleanUp, flows })])),
    new Set(['clean nft: passed', 'clean legacy: passed']),
  )
})
