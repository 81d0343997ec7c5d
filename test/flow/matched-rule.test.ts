import t from 'tap'
import { decidingRule, divergence, type MatchedRule } from '../../harness/flow/matched-rule.ts'

const rule = (target: string, rest: Partial<MatchedRule> = {}): MatchedRule => ({
  connection: 0,
  hook: 'OUTPUT',
  table: 'nat',
  chain: 'OUTPUT',
  rule: 1,
  text: `-A OUTPUT -j ${target}`,
  target,
  ...rest,
})

t.test('the rule that decided', async (t) => {
  const cases: readonly [title: string, matched: MatchedRule[], decides: string | undefined][] = [
    ['what redirects', [rule('A'), rule('REDIRECT'), rule('ACCEPT', { table: 'filter' })], 'REDIRECT'],
    [
      'a later change of the source does not',
      [rule('REDIRECT'), rule('MASQUERADE', { hook: 'POSTROUTING' })],
      'REDIRECT',
    ],
    ['but counts where nothing else does', [rule('A'), rule('SNAT', { hook: 'POSTROUTING' })], 'SNAT'],
    ['what is known to decide', [rule('REDIRECT', { decides: false }), rule('MARK', { decides: true })], 'MARK'],
    ['none, where that is known', [rule('RETURN', { decides: false })], undefined],
    ['what drops later', [rule('REDIRECT'), rule('DROP', { table: 'filter' })], 'DROP'],
    ['what spares it', [rule('A'), rule('RETURN'), rule('RETURN', { table: 'mangle' })], 'RETURN'],
    ["the proxy's dial does not count", [rule('RETURN'), rule('REDIRECT', { connection: 1 })], 'RETURN'],
    ['a jump alone does not decide', [rule('A')], undefined],
    ['nothing', [], undefined],
  ]
  for (const [title, matched, decides] of cases) t.equal(decidingRule(matched)?.target, decides, title)
  t.equal(
    decidingRule([rule('NETMAP'), rule('NETMAP', { hook: 'POSTROUTING', rule: 2 })])?.rule,
    1,
    'NETMAP changes either end',
  )
  t.equal(decidingRule([rule('RETURN'), rule('ACCEPT', { table: 'mangle', hook: 'POSTROUTING' })])?.table, 'nat')
})

t.test('where two lists part', async (t) => {
  const [a, b] = [rule('A'), rule('A', { rule: 2 })]
  t.equal(divergence([a, b], [a, b]), undefined)
  t.equal(divergence([a, b], [a]), 1)
  t.equal(divergence([], [a]), 0)
  for (const other of [{ connection: 1 }, { hook: 'INPUT' }, { table: 'raw' }, { chain: 'B' }, { rule: 3 }] as const)
    t.equal(divergence([a, b], [a, { ...b, ...other }]), 1)
  t.equal(divergence([a], [a, { ...b, packet: 'error' }]), undefined, 'no kernel tells of an ICMP error')
  t.equal(divergence([a, { ...a, packet: 'answer' }], [a]), 1)
  t.equal(divergence([a], [{ ...a, text: 'said otherwise' }]), undefined)
})
