import * as v from 'valibot'
import t from 'tap'
import { explainSchema } from '../../harness/explain/explain-schema.ts'
import { resident as sidetrack } from '../cli/resident.ts'

const explain = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = sidetrack(['explain', ...args, '--json'], { input })
  t.same([status, stderr], [0, ''], args.join(' '))
  const json = JSON.parse(stdout) as object
  // Strict: a field that the schema does not know is one that nobody documented.
  const parsed = v.safeParse(v.strictObject(explainSchema.entries), json)
  t.same(parsed.issues?.map(({ message, path }) => [message, path?.map(({ key }) => key)]) ?? [], [], args.join(' '))
  return json as Record<string, unknown>
}
const app = ['--uid', '1000', '--to', '203.0.113.10:80']

t.test('sidetrack.explain/1', async (t) => {
  const said = explain(['--rules', 'osm@1.2', ...app])
  t.same(Object.keys(said), [
    ...['schema', 'verdict', 'listener', 'originalDestination', 'decidedBy', 'proxy', 'warnings', 'assumed', 'cleaned'],
    ...['passedOver', 'leftOut', 'built', 'snapshots'],
    ...['sentence', 'flow', 'steps', 'stepsLeftOut', 'journey', 'changes'],
  ])
  t.match(said, {
    schema: 'sidetrack.explain/1',
    verdict: 'redirected',
    listener: 'outbound',
    originalDestination: '203.0.113.10:80',
    decidedBy: { table: 'nat', chain: 'OSM_PROXY_OUT_REDIRECT', rule: 1, target: 'REDIRECT' },
    proxy: { mesh: 'osm', release: '1.2', uid: 1500, gid: 0, outbound: 15001, inbound: 15003, reason: '--rules' },
    sentence:
      'It is redirected to the outbound listener because nothing before nat OSM_PROXY_OUTBOUND rule 5 lets it pass.',
    flow: {
      origin: 'pod',
      uid: 1000,
      protocol: 'tcp',
      family: 'ipv4',
      source: { address: '10.244.0.5' },
      destination: '203.0.113.10:80',
    },
    journey: [
      { at: 'outbound', dialled: '203.0.113.10:80' },
      { at: 'peer', local: '203.0.113.10:80' },
    ],
    changes: {
      without: {
        rule: { chain: 'OSM_PROXY_OUT_REDIRECT' },
        end: { kind: 'received', at: 'peer', local: '203.0.113.10:80' },
      },
      untried: 0,
    },
  })
  const { steps, changes } = said as { steps: object[]; changes: { rules: object[] } }
  t.match(
    steps.find(
      (step) =>
        (step as { chain: string; rule: number }).chain === 'OSM_PROXY_OUTBOUND' &&
        (step as { rule: number }).rule === 3,
    ),
    {
      connection: 0,
      packet: 'first',
      hook: 'OUTPUT',
      table: 'nat',
      matched: false,
      text: '-A OSM_PROXY_OUTBOUND -m owner --uid-owner 1500 -j RETURN',
      conditions: [{ asks: '--uid-owner 1500', met: false, actual: '1000' }],
    },
  )
  t.match(changes.rules[1], { asks: '--uid-owner 1500', actual: '1000', end: { at: 'peer' } })
})

t.test('what is not known, what was cleaned and assumed, and that no rule decides', async (t) => {
  const odd =
    '\ufeff*nat\n-A OUTPUT -m statistic --mode nth --every 2 --packet 0 -p tcp -j REDIRECT --to-ports 4140\nCOMMIT\n'
  const unknown = explain(['--mesh', 'osm', '--rules', 'file:-', ...app], odd)
  t.match(unknown, {
    verdict: 'unknown',
    unknown: 'rule 1 of chain OUTPUT leaves it to chance',
    cleaned: ['a byte order mark'],
    assumed: ['the rules are for ipv4, since nothing in the text tells; --family says otherwise'],
    warnings: [/^the rules redirect to 4140/],
    steps: [{ matched: 'unknown' }],
    journey: [],
  })
  t.notOk('decidedBy' in unknown)
  t.match(explain(['--rules', 'osm@1.2', '--proto', 'udp', ...app]), {
    verdict: 'direct',
    decidedBy: null,
    answeredBy: 'peer',
  })
  const other = explain(
    ['--mesh', 'osm', '--rules', 'file:-', '--uid', '1', '--to', '[2001:db8::1]:80'],
    'iptables -t nat -A OUTPUT -p tcp -j RETURN\n',
  )
  t.match(other, { verdict: 'unknown', unknown: 'the text has no rules for ipv6', steps: [] })
})

t.test('an answer that is lost is a note, and the rule that loses it decides', async (t) => {
  const udp = ['--rules', 'file:-', '--mesh', 'osm', '--proto', 'udp', '--uid', '1000', '--to', '203.0.113.10:53']
  t.match(explain(udp, '*mangle\n-A INPUT -p udp --sport 53 -j DROP\nCOMMIT\n'), {
    verdict: 'direct',
    notes: ['it arrived, but the answer to it was lost'],
    decidedBy: { table: 'mangle', chain: 'INPUT', rule: 1, packet: 'answer', decides: true },
    changes: { without: { rule: { table: 'mangle' }, end: { kind: 'received', at: 'peer' } } },
  })
  const { changes } = explain(udp, '*filter\n:INPUT DROP [0:0]\n-A INPUT -p udp -j ACCEPT\nCOMMIT\n')
  t.match(changes, { without: { end: { kind: 'received', answerLost: true } } })
})

t.test('and what happened', async (t) => {
  const { live } = explain(['--live', '--rules', 'osm@1.2', '--in', 'eth0', '--to', 'pod:80'])
  t.match(live, {
    iptables: { backend: 'nft' },
    verdict: 'redirected',
    listener: 'inbound',
    asPredicted: true,
    decidedBy: [{ rule: 1 }],
  })
})
