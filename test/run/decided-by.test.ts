import t from 'tap'
import type { FlowResult, TracedRule } from '../../harness/agent/protocol.ts'
import type { MatchedRule } from '../../harness/flow/matched-rule.ts'
import { describeDeciding } from '../../harness/report/describing/deciding.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { app, osm, ruleText, scenario } from '../../harness/scenario/dsl.ts'
import type { ExpectedFlow } from '../../harness/scenario/scenario.ts'
import { AlteredSandbox } from '../sandbox/altered-sandbox.ts'
import { openSandbox } from '../sandbox/open.ts'
import { Heard, options } from './options.ts'

const sandbox = await openSandbox(t)
const one = scenario('one', {
  rules: osm(),
  flows: [app.tcp('203.0.113.10:80').isRedirected('outbound'), app.udp('203.0.113.10:53').isDirect()],
})

/** A run in which the kernel traced something else, by what it says of each flow. */
async function heard(traced: (is: FlowResult['traced']) => FlowResult['traced']): Promise<Heard> {
  const altered = new AlteredSandbox(sandbox, { result: (result) => ({ ...result, traced: traced(result.traced) }) })
  const told = new Heard()
  await run(options({ scenarios: [one], backends: ['nft', 'legacy'], sandbox: altered }), told.listen)
  return told
}

const rules = (change: (rules: readonly TracedRule[]) => readonly TracedRule[]) =>
  heard((is) => ('untraced' in is ? is : change(is)))

t.test('a flow says which rules it matched, on both backends, and an empty list that it matched none', async (t) => {
  const { results, events } = await heard((is) => is)
  for (const { decidedBy, check } of results) {
    t.equal(decidedBy?.divergesAt, undefined)
    t.same(decidedBy?.observed, decidedBy?.predicted)
    if (check.flow?.protocol === 'udp') t.same(decidedBy?.observed, [])
    else
      t.match(decidedBy?.observed?.[2], {
        chain: 'OSM_PROXY_OUT_REDIRECT',
        target: 'REDIRECT',
        text: '-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-ports 15001',
      })
  }
  t.equal(results.length, 4)
  t.notOk(events.some(({ type }) => type === 'notice'))
})

t.test('a kernel that does not tell is told of once, and no check is worse for it', async (t) => {
  const { results, events, end } = await heard(() => ({ untraced: 'no nf_tables' }))
  t.match(end, { summary: { passed: 4 } })
  t.same(
    events.filter(({ type }) => type === 'notice'),
    [{ type: 'notice', text: 'which rules decided is not observed: no nf_tables' }],
  )
  for (const { decidedBy } of results) {
    t.notOk(decidedBy?.observed)
    t.ok(decidedBy?.predicted)
    t.equal(decidedBy?.divergesAt, undefined)
  }
})

t.test(
  'which rule decides is said, be it one that the answer meets, and alike of what was observed and predicted',
  async (t) => {
    const decided: readonly [rules: string, flow: ExpectedFlow, at: string][] = [
      [
        '*nat\n-A OUTPUT -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 15001\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n',
        app.tcp('203.0.113.10:80').isRedirected('outbound'),
        'nat OUTPUT 1',
      ],
      [
        '*filter\n-A INPUT -p tcp -m conntrack --ctstate ESTABLISHED -j DROP\nCOMMIT\n',
        app.tcp('203.0.113.10:80').isDropped(),
        'filter INPUT 1 answer',
      ],
      [
        '*filter\n-A INPUT -p tcp -m tcp --tcp-flags RST RST -j DROP\nCOMMIT\n',
        app.tcp('203.0.113.10:81').isDropped(),
        'filter INPUT 1 answer',
      ],
      [
        '*mangle\n-A INPUT -p udp -m udp --sport 53 -j DROP\nCOMMIT\n',
        app.udp('203.0.113.10:53').isDirect(),
        'mangle INPUT 1 answer',
      ],
      ['*filter\n-A INPUT -p icmp -j DROP\nCOMMIT\n', app.ping('203.0.113.10').isDirect(), 'filter INPUT 1 answer'],
      [
        '*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n',
        app.udp('203.0.113.10:53').isDirect(),
        'filter INPUT 1 answer',
      ],
      [
        '*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n',
        app.tcp('203.0.113.10:80').isDirect(),
        'filter INPUT 1 answer',
      ],
      [
        '*filter\n-A OUTPUT -p tcp -m conntrack --ctstate ESTABLISHED -j DROP\nCOMMIT\n',
        app.tcp('203.0.113.10:80').isDropped(),
        'filter OUTPUT 1 acknowledgement',
      ],
      [
        '*mangle\n-A PREROUTING -p tcp -j TPROXY --on-port 15003\nCOMMIT\n',
        app.tcp('203.0.113.10:80').isDropped(),
        'mangle PREROUTING 1 answer',
      ],
    ]
    const scenarios = decided.map(([text, flow], index) =>
      scenario(`rules ${index}`, { rules: ruleText('osm', text), closed: ['203.0.113.10:81'], flows: [flow] }),
    )
    const told = new Heard()
    await run(options({ scenarios, backends: ['nft', 'legacy'], sandbox }), told.listen)
    const place = (rules: readonly MatchedRule[] | undefined): string =>
      (rules ?? [])
        .filter(({ decides, connection }) => decides && connection === 0)
        .map(({ table, chain, rule, packet = '' }) => `${table} ${chain} ${rule} ${packet}`.trim())
        .join()
    t.equal(told.results.length, 2 * decided.length)
    for (const { check, decidedBy, observed } of told.results) {
      const at = decided[Number(check.scenario.title.slice(-1))]?.[2]
      const which = `${check.scenario.title} on ${check.backend}: ${observed?.verdict}`
      t.same(
        [place(decidedBy?.observed), place(decidedBy?.predicted), decidedBy?.divergesAt],
        [at, at, undefined],
        which,
      )
      t.match(
        decidedBy && describeDeciding(decidedBy),
        new RegExp(
          `^${at?.replace(/ (\d)/, ' rule $1').replace(' answer', ', on the way back').replace(' acknowledgement', ', what is said to the answer')}`,
        ),
      )
    }
  },
)

t.test('where the trace and the prediction part is said', async (t) => {
  // A pod that has had other rules has more tables, and a chain's end is no rule.
  const { results } = await rules((traced) =>
    traced.filter(({ mayBeEnd }) => !mayBeEnd).filter((_, index) => index !== 1),
  )
  t.same(
    results.map(({ decidedBy }) => decidedBy?.divergesAt),
    [1, undefined, 1, undefined],
  )
})

t.test('a place where no rule stands is not guessed, and the end of a chain is no rule', async (t) => {
  const [first] = (await rules((traced) => traced.map((place) => ({ ...place, rule: 99 })))).results
  t.notOk(first?.decidedBy?.observed)
  const [beyond] = (await rules((traced) => traced.map((place) => ({ ...place, rule: 99, mayBeEnd: true as const }))))
    .results
  t.notOk(beyond?.decidedBy?.observed)
  const end = { connection: 0, hook: 'OUTPUT', table: 'nat', chain: 'OUTPUT', rule: 2, mayBeEnd: true } as const
  for (const { decidedBy } of (await rules((traced) => [...traced.filter(({ rule }) => rule < 9), end])).results)
    t.equal(decidedBy?.divergesAt, undefined)
})
