import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import { pretty } from '../../../harness/report/reporters/pretty/pretty.ts'
import { wantsColor } from '../../../harness/report/writing/paint.ts'
import { wrap } from '../../../harness/report/writing/wrap.ts'
import { end, events, failed, natRule, nearMisses, passed, start, written } from '../example.ts'

t.test('a run that passes is a line a file and the totals', async (t) => {
  const summary = { checks: 2, passed: 2, failed: 0, skipped: 0, errors: 0, leftOut: 3 }
  const result = { type: 'result', result: passed } as const
  t.equal(
    written(pretty, [start, result, result, { ...end, summary }]),
    `2 checks of 1 scenario on Linux 6.18, namespaces, without root, iptables-nft 1.8.9, iptables-legacy 1.8.9

ok      osm/exclusions     1 scenario      2 checks

2 checks, 2 passed, 0 failed in 2.5 s
3 scenarios left out: their rules are their own, for another config, or no init container's
`,
  )
})

t.test('on a narrow terminal no row of it is wider, in colour or without', async (t) => {
  const summary = { checks: 2, passed: 2, failed: 0, skipped: 0, errors: 0, leftOut: 3 }
  const result = { type: 'result', result: passed } as const
  const notice = { type: 'notice', text: 'which rules decided is not observed: nobody has asked for it' } as const
  for (const color of [false, true]) {
    let text = ''
    const listen = pretty(
      { write: (chunk) => (text += chunk), isTTY: true, columns: 40 },
      { color, path: (file) => file, program: 'sidetrack', carried: [], verbose: false },
    )
    for (const event of [start, notice, result, { ...end, summary }] as const) listen(event)
    const rows = stripVTControlCharacters(text).split(/[\n\r]/)
    t.same(
      rows.filter((row) => row.length > 40),
      [],
    )
    t.match(rows.join('\n'), /\nok {6}osm\/exclusions {2}1 scenario {2}1\n {8}check\n/)
    t.match(rows.join('\n'), /\n2 checks, 2 passed, 0 failed in 2\.5 s\n/)
  }
})

t.test('a list keeps its place where it is wrapped', async (t) => {
  t.equal(wrap('  - one two three', 10, 4), '  - one\n    two\n    three')
})

t.test('of the backends that are there it names those that are used', async (t) => {
  const text = written(pretty, [{ ...start, backends: ['nft'] }, { ...end }])
  t.match(text, /^2 checks of 1 scenario on Linux 6\.18, namespaces, without root, iptables-nft 1\.8\.9\n/)
})

t.test('what was skipped is told with its reason, once', async (t) => {
  const result = {
    type: 'result',
    result: { ...passed, status: 'skipped', reason: 'no room to send; mend it so' },
  } as const
  const summary = { checks: 2, passed: 0, failed: 0, skipped: 2, errors: 0, leftOut: 0 }
  t.match(
    written(pretty, [start, result, result, { ...end, summary }]),
    `
ok      osm/exclusions     1 scenario      2 checks  2 skipped
2 checks skipped: no room to send; mend it so

2 checks, 0 passed, 0 failed, 2 skipped in 2.5 s
`,
  )
})

t.test('a failure shows the flow, both journeys, the rules, conntrack and how to run it alone', async (t) => {
  const [, failure] = /\n\n(FAILED [\s\S]*?)\n\nFAILED/.exec(written(pretty, events(failed), { verbose: true })) ?? []
  t.equal(
    failure,
    `FAILED osm/exclusions › excluded ports stay direct
  app (1000:1000) sends TCP to 203.0.113.10:6379 [nft, ipv4]
  expected  direct
  observed  redirected to the proxy's outbound listener, original destination 203.0.113.10:6379
  reason    expected direct, but the proxy's outbound listener got it
  rules     osm@1.2
  at        scenarios/osm/exclusions.ts:8

      expected journey                 observed journey
  > 1 whoever owns the destination   1 proxy's outbound listener (1000:1000 dialled 203.0.113.10:6379)
    2 –                              2 peer (1500:0 dialled 203.0.113.10:6379)

  the pod's rules (iptables-save -c)
    *nat
      [3:180] -A OUTPUT -p tcp -m comment --comment "# it's" -j OSM_PROXY_OUTBOUND
    COMMIT

  conntrack
    tcp 6 ESTABLISHED src=10.244.0.5 dst=203.0.113.10 sport=40000 dport=6379

  run only this check
    npm run -s sidetrack -- run scenarios/osm/exclusions.ts --grep '^osm/exclusions/excluded ports stay direct/app-tcp-203\\.0\\.113\\.10:6379/nft/ipv4$' --iptables nft
`.trimEnd(),
  )
})

t.test('with verbose it says what would change it', async (t) => {
  const told = written(pretty, events({ ...failed, nearMisses }), { verbose: true })
  t.match(
    told,
    /\n {2}what would change it\n {4}nat OUT rule 3: -p tcp --dport 6380 -j RETURN\n {6}it asks for --dport 6380, and the flow has 6379; had that matched, the peer would get it at 203\.0\.113\.10:6379\n {4}… and 2 more rules that failed on one condition were not looked into\n/,
  )
  t.notMatch(written(pretty, events({ ...failed, nearMisses })), 'what would change it')
})

t.test(
  'without verbose a failure that is the only one is told in full, but for rules that its flow never met',
  async (t) => {
    const rules = '*nat\n[3:180] -A OUTPUT -j OSM\n[3:180] -A OSM -j REDIRECT\n[0:0] -A ELSEWHERE -j DROP\nCOMMIT\n'
    const rule = natRule(1, '-A OSM -j REDIRECT')
    const text = written(
      pretty,
      events({ ...failed, decidedBy: { observed: [rule] }, evidence: { rules, conntrack: [] } }),
    )
    t.match(text, '  decided by  nat OSM rule 1, from OUTPUT: -A OSM -j REDIRECT\n')
    t.match(text, '    *nat\n    [3:180] -A OUTPUT -j OSM\n    [3:180] -A OSM -j REDIRECT\n    … and 1 more rules\n')
  },
)

t.test('rules that were rejected are named with their line', async (t) => {
  const applied = { ok: false, line: 7, text: '-A NOPE', message: 'no chain\n', leaves: 'nothing' } as const
  t.match(
    written(pretty, events({ ...failed, rules: { source: 'osm@1.2', applied } })),
    'rules     osm@1.2, rejected at line 7 (-A NOPE): no chain\n',
  )
})

t.test('text from strangers cannot drive the terminal', async (t) => {
  t.notMatch(
    written(
      pretty,
      events({ ...failed, reason: '\x1b[2J', evidence: { rules: '\x1b]0;x\x07', conntrack: ['\x9b2J'] } }),
    ),
    /[\x1b\x07\x9b]/,
  )
})

t.test('an interrupted run says how far it came, a broken one why', async (t) => {
  const result = { type: 'result', result: passed } as const
  const summary = { ...end.summary, checks: 1, failed: 0 }
  t.match(written(pretty, [start, result, { ...end, summary, interrupted: true }]), 'interrupted after 1 of 2 checks\n')
  t.match(
    written(pretty, [start, { ...end, error: new HarnessError('machine', 'no sandbox', { hint: 'get one' }) }]),
    'the run ended early: no sandbox; get one\n',
  )
})

t.test('a terminal gets one line that is updated and goes away; nothing else does', async (t) => {
  const onTerminal = written(pretty, events(passed, passed), { isTTY: true })
  t.match(onTerminal, '\r\x1b[K1/2 checks  osm/exclusions\r\x1b[K')
  t.notMatch(written(pretty, events(passed, passed)), /\r/)
})

t.test('colour for terminals and FORCE_COLOR, never with NO_COLOR', async (t) => {
  const write = () => {}
  t.equal(wantsColor({ write, isTTY: true }, {}), true)
  t.equal(wantsColor({ write }, {}), false)
  t.equal(wantsColor({ write }, { FORCE_COLOR: '1' }), true)
  t.equal(wantsColor({ write, isTTY: true }, { FORCE_COLOR: '0' }), false)
  t.equal(wantsColor({ write, isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' }), false)
  t.match(written(pretty, events(failed), { color: true }), '\x1b[31m')
})

t.test('where places disagree a block says what each of them does', async (t) => {
  const other = {
    ...failed,
    check: { ...failed.check, backend: 'legacy', id: failed.check.id.replace('/nft/', '/legacy/') },
  } as const
  const text = written(pretty, events(passed, other))
  t.match(
    text,
    '1 finding: the same rules do not do the same everywhere\n  osm/exclusions › excluded ports stay direct: app (1000:1000)',
  )
  t.match(text, "    redirected to the proxy's outbound listener")
  t.match(text, '      with iptables-legacy 1.8.9\n    direct, answered by the peer\n      with iptables-nft 1.8.9\n')
  t.notMatch(written(pretty, events(passed)), 'finding')
})
