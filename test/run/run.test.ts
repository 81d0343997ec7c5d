import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { app, osm, proxy, remote, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import { parseSource } from '../../harness/source/parse.ts'
import { descendants } from '../sandbox/processes.ts'
import { Heard, options, source, type Said } from './options.ts'
import { AlteredSandbox } from '../sandbox/altered-sandbox.ts'
import { openSandbox } from '../sandbox/open.ts'

const sandbox = await openSandbox(t)
/** The process that encloses it. */
const enclosing = descendants().find(({ parent }) => parent === process.pid)?.pid
/** The run does not own the sandbox that it is given, so that tests can share one. */
const shared: Said = { sandbox }

const right = scenario('right', {
  rules: osm(),
  flows: [
    app.tcp('203.0.113.10:80').isRedirected('outbound'),
    proxy.tcp('203.0.113.10:80').isDirect(),
    remote.tcp('pod:8080').isRedirected('inbound'),
  ],
})
const wrong = scenario('wrong', {
  rules: osm(),
  flows: [app.tcp('203.0.113.10:80').isDirect(), app.udp('203.0.113.10:80').isDirect()],
})

async function heard(rest: Said): Promise<Heard> {
  const told = new Heard()
  await run(options({ ...shared, ...rest }), told.listen)
  return told
}

t.test('it tells a start, each result, and an end with the count', async (t) => {
  const { events, results, end } = await heard({ scenarios: [right, wrong], backends: ['nft', 'legacy'] })
  t.match(events[0], {
    type: 'start',
    checks: 10,
    scenarios: 2,
    environments: [{ id: 'namespaces', sandbox: 'namespaces', iptables: { nft: /^1\./ } }],
  })
  t.equal(results.length, 10)
  t.match(end, { interrupted: false, summary: { checks: 10, passed: 8, failed: 2, errors: 0 } })
  t.equal(events.at(-1), end)
})

t.test('what fails says why, with rules and connection tracking of its pod', async (t) => {
  const { results } = await heard({ scenarios: [wrong] })
  const [failed, passed] = results
  t.match(failed, {
    status: 'failed',
    reason: 'expected direct, but it was redirected to outbound',
    observed: { verdict: 'redirected', listener: 'outbound' },
    evidence: {
      rules: /\[[1-9]\d*:\d+\] -A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT/,
      conntrack: [/dst=203\.0\.113\.10 .*dport=80/],
    },
    rules: { source: 'osm@1.2', applied: { ok: true } },
  })
  t.match(passed, { status: 'passed' })
  t.notOk(passed?.evidence)
})

t.test('what fails says which rules it missed by one condition, and what passes does not', async (t) => {
  const loop = scenario('loop', {
    rules: ruleText(
      'osm',
      '*nat\n-A OUTPUT -d 127.0.0.1/32 -j RETURN\n-A OUTPUT -m owner --uid-owner 7 -j RETURN\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n',
    ),
    flows: [
      app.tcp('203.0.113.10:80').isDirect(),
      app.tcp('203.0.113.10:81').isRedirected('outbound'),
      app.udp('203.0.113.10:80').isDirect(),
    ],
  })
  const { results } = await heard({ scenarios: [loop] })
  t.same(
    results.map(({ status, nearMisses }) => [status, nearMisses?.rules.map(({ asks, actual }) => [asks, actual])]),
    [
      // It should not have been captured at all.
      [
        'failed',
        [
          ['-d 127.0.0.1/32', '203.0.113.10'],
          ['--uid-owner 7', '1000'],
        ],
      ],
      // Here the proxy's own dial has come back: that is what a rule might have spared.
      [
        'failed',
        [
          ['-d 127.0.0.1/32', '203.0.113.10'],
          ['--uid-owner 7', '1500'],
        ],
      ],
      ['passed', undefined],
    ],
  )
  t.match(results[1]?.nearMisses, {
    untried: 0,
    rules: [
      { rule: { connection: 1, rule: 1 } },
      { rule: { connection: 1, rule: 2 }, end: { kind: 'received', at: 'peer' } },
    ],
  })
  const [first] = (await heard({ scenarios: [wrong] })).results
  t.match(first?.nearMisses?.rules[0], {
    rule: { connection: 0, chain: 'OSM_PROXY_OUTBOUND', rule: 2 },
    asks: '-o lo',
    actual: 'eth0',
  })
})

t.test('repeating runs everything again', async (t) => {
  const { results, end } = await heard({ scenarios: [right], repeat: 3 })
  t.equal(results.length, 9)
  t.match(end, { summary: { checks: 9, passed: 9 } })
})

t.test('bail ends it with the first that does not pass', async (t) => {
  const { results, end } = await heard({ scenarios: [wrong, right], repeat: 20, bail: true, jobs: 1 })
  t.same(
    results.map(({ status }) => status),
    ['failed'],
  )
  t.match(end, { interrupted: false, summary: { checks: 1, failed: 1 } })
})

t.test('an interrupt ends it after what is under way, and what ran is told', async (t) => {
  const interrupt = new AbortController()
  const told = new Heard()
  const summary = await run(
    options({ ...shared, scenarios: [right], repeat: 50, jobs: 1, signal: interrupt.signal }),
    (event) => {
      told.listen(event)
      if (event.type === 'result') interrupt.abort()
    },
  )
  t.equal(told.results.length, 3, 'the pod that was under way')
  t.match(told.end, { interrupted: true, summary: { checks: 3, passed: 3 } })
  t.same(told.end?.summary, summary)
})

t.test('an interrupt before the first pod is one as well', async (t) => {
  const { results, end } = await heard({ scenarios: [right], signal: AbortSignal.abort() })
  t.same(results, [])
  t.match(end, { interrupted: true, summary: { checks: 0 } })
})

t.test('a rule source that fails is an error of the rules', async (t) => {
  const failing = async (rest: Parameters<typeof source>[0]) =>
    (await heard({ scenarios: [right], source: source(rest) })).results
  const broken = await failing({ rules: async () => Promise.reject(new HarnessError('rules', 'it exited with 3')) })
  t.match(
    broken,
    Array(3).fill({ status: 'error', fault: 'rules', reason: 'it exited with 3', rules: { source: 'exec:builder' } }),
  )
  const refuses = await failing({
    rules: async () => Promise.reject(new HarnessError('input', 'unknown option', { hint: 'leave it out' })),
  })
  t.match(refuses[0], { status: 'error', fault: 'rules', reason: 'exec:builder: unknown option; leave it out' })
  const crashes = await failing({ rules: async () => Promise.reject(new TypeError('oops')) })
  t.match(crashes[0], { status: 'error', fault: 'sidetrack', reason: 'oops' })
})

t.test('rules that are rejected are an error of the rules, unless the scenario expects it', async (t) => {
  const text = '*nat\n-A OUTPUT -j NOSUCH\nCOMMIT\n'
  const flows = [app.tcp('203.0.113.10:80').isDirect()]
  const plain = scenario('plain', { rules: ruleText('osm', text), flows })
  const [error] = (await heard({ scenarios: [plain] })).results
  t.match(error, { status: 'error', fault: 'rules', reason: /^the rules are rejected at line [23] / })
  const line = Number(/line (\d)/.exec(error?.reason ?? '')?.[1])
  const expecting = (title: string, rejectedAt: number, leaves: 'nothing' | 'part') =>
    scenario(title, { rules: ruleText('osm', text), applies: { rejectedAt, leaves }, flows })
  const first = async (one: ReturnType<typeof expecting>) => (await heard({ scenarios: [one] })).results[0]
  t.match(await first(expecting('as expected', line, 'nothing')), { status: 'passed' })
  t.match(await first(expecting('another line', 1, 'nothing')), {
    status: 'failed',
    reason: new RegExp(`rejected at line 1, .*but were at line ${line},`),
  })
  t.match(await first(expecting('leaves', line, 'part')), {
    status: 'failed',
    reason: new RegExp(`rejected at line ${line}, leaving part, but were at line ${line}, leaving nothing`),
  })
  const fine = scenario('accepted', {
    rules: ruleText('osm', '*nat\nCOMMIT\n'),
    applies: { rejectedAt: 2, leaves: 'nothing' },
    flows,
  })
  t.match((await heard({ scenarios: [fine] })).results[0], {
    status: 'failed',
    reason: 'the rules should be rejected at line 2, but were accepted',
  })
})

t.test('a source without rules leaves the pod without', async (t) => {
  const none = scenario('none', { rules: osm(), flows: [app.tcp('203.0.113.10:80').isDirect()] })
  t.match((await heard({ scenarios: [none], source: parseSource('exec:true', '/') })).results, [
    { status: 'passed', rules: { applied: 'none' } },
  ])
})

t.test('a backend that is not there is a fault of the machine, told before anything else', async (t) => {
  const without = new AlteredSandbox(sandbox, { info: { iptables: { nft: '1.8.9' } } })
  const told = new Heard()
  const call = run(options({ scenarios: [right], backends: ['nft', 'legacy'], sandbox: without }), told.listen)
  await t.rejects(call, { fault: 'machine', message: 'iptables-legacy is not there' })
  t.same(told.events, [])
})

t.test('a sandbox that dies ends the run: no hang, no pass, and the end says why', async (t) => {
  const own = await openSandbox(t)
  const encloser = descendants().find(({ pid, parent }) => parent === process.pid && pid !== enclosing)?.pid ?? 0
  const told = new Heard()
  const ending = run(options({ scenarios: [right], repeat: 500, sandbox: own }), (event) => {
    told.listen(event)
    if (event.type === 'result' && told.results.length === 3) process.kill(encloser, 'SIGKILL')
  })
  const summary = await ending
  t.ok(summary.passed >= 3)
  t.equal(summary.failed, 0)
  t.ok(summary.checks < 1500, `${summary.checks}`)
  t.match(told.end, { error: { fault: 'machine', message: /^the sandbox has ended \(SIGKILL\)/ } })
})

t.test('two runs at once do not disturb each other', async (t) => {
  const alone = async () =>
    run(
      options({ scenarios: [right], repeat: 15, backends: ['nft', 'legacy'], jobs: 4, sandbox: await openSandbox(t) }),
      () => {},
    )
  t.match(await Promise.all([alone(), alone()]), Array(2).fill({ checks: 90, passed: 90 }))
})
