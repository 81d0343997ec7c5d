import t from 'tap'
import type { Condition, FieldQuestion } from '../../harness/netfilter/condition.ts'
import { domainOf } from '../../harness/netfilter/field.ts'
import { IntervalSet } from '../../harness/netfilter/interval-set.ts'
import type { Base, Chain, Rule, Ruleset } from '../../harness/netfilter/ruleset.ts'
import type { Statement } from '../../harness/netfilter/statement.ts'
import { predict } from '../../harness/model/predict.ts'
import { NetworkStack } from '../../harness/model/stack/network-stack.ts'
import { inWords } from './difference.ts'
import { given, tcpTo } from './flows.ts'
import { podPlan } from './pod.ts'

/**
 * Rules that no iptables makes, as nftables does: several statements in one, a set of ports, chains of any name and
 * priority.
 */
const over = (field: 'dport' | 'mark', ...parts: readonly [first: number, last: number][]): Condition => ({
  asked: { subject: field, negated: false },
  ...({
    kind: 'field',
    field,
    in: IntervalSet.of(domainOf(field, 'ipv4'), ...parts.map(([first, last]) => ({ first, last }))),
    values: 'any',
    ifAbsent: false,
  } satisfies FieldQuestion),
})

const rule = (conditions: Condition[], ...statements: Statement[]): Rule => ({
  conditions,
  statements,
  tracks: true,
  origin: { text: '', place: { line: 1, column: 1 } },
})

const base = (name: string, more: Partial<Base>, ...rules: Rule[]): [string, Chain] => [
  name,
  { name, base: { type: 'filter', hook: 'OUTPUT', priority: 0, policy: 'accept', ...more }, rules },
]

function verdict(ruleset: Ruleset, port: number): string {
  const plan = podPlan('nft', given({}, tcpTo('203.0.113.10', port)))
  const [flow] = plan.flows
  const prediction = flow && predict(flow, { ipv4: ruleset, ipv6: ruleset }, new NetworkStack(plan.pod))
  return prediction && 'predicted' in prediction ? inWords(prediction.predicted) : JSON.stringify(prediction)
}

const inet = (...chains: [string, Chain][]): Ruleset => ({
  family: 'ipv4',
  tables: new Map([['mesh', { name: 'mesh', chains: new Map(chains) }]]),
})

t.test('one rule marks a packet and sends it elsewhere; a set of ports is one condition', async (t) => {
  const ports = over('dport', [80, 80], [8000, 8100])
  const redirect: Statement = { kind: 'redirect', ports: { first: 80, last: 80 }, random: false }
  const ruleset = inet(
    base(
      'out',
      { type: 'nat', priority: -100 },
      rule([ports], { kind: 'mark', value: 7, mask: 0xffffffff }, redirect, { kind: 'drop' }),
    ),
    base(
      'late',
      { priority: 10 },
      rule([over('mark', [7, 7]), over('dport', [80, 80])], { kind: 'log' }, { kind: 'continue' }),
    ),
  )
  t.match(verdict(ruleset, 8080), /^translated app to 127\.0\.0\.1:80/)
  t.match(verdict(ruleset, 53), /^direct peer/, 'another port')
  const marked = inet(
    ...(ruleset.tables.get('mesh')?.chains ?? []),
    base('marked', { priority: 20 }, rule([over('mark', [7, 7])], { kind: 'drop' })),
  )
  t.match(verdict(marked, 8080), /^dropped/, 'the mark is there behind nat')
})

t.test('a jump comes back to the statement behind it', async (t) => {
  const sub: [string, Chain] = [
    'sub',
    { name: 'sub', rules: [rule([over('dport', [80, 80])], { kind: 'return' }), rule([], { kind: 'accept' })] },
  ]
  const ruleset = inet(base('out', {}, rule([], { kind: 'jump', chain: 'sub' }, { kind: 'drop' })), sub)
  t.match(verdict(ruleset, 80), /^dropped/)
  t.match(verdict(ruleset, 53), /^direct peer/)
})

t.test('the chain with the smaller priority is asked first, whatever its table and its name', async (t) => {
  const early = base('z', { priority: -101 }, rule([over('dport', [8080, 8080])], { kind: 'drop' }))
  const nat = base(
    'a',
    { type: 'nat', priority: -100 },
    rule([], { kind: 'redirect', ports: { first: 80, last: 80 }, random: false }),
  )
  t.match(verdict(inet(nat, early), 8080), /^dropped/)
  const late = base('z', { priority: -99 }, rule([over('dport', [8080, 8080])], { kind: 'drop' }))
  t.match(verdict(inet(nat, late), 8080), /^translated app/, 'behind nat it has another destination')
})
