import t from 'tap'
import { withNegation, withoutClause, withTarget, withValues } from './edit-rule.ts'
import { formatRule, parseRule, type Rule } from './rule.ts'

function rule(line: string): Rule {
  const parsed = parseRule(line, 'nat')
  if (parsed === undefined) throw new Error(`no rule: ${line}`)
  return parsed
}

const owner = '-A OSM_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1500 -j OSM_PROXY_IN_REDIRECT'

t.test("clauses and target of a payload's line", async (t) => {
  t.match(rule(owner), {
    table: 'nat',
    chain: 'OSM_PROXY_OUTBOUND',
    command: 'append',
    clauses: [
      { negated: false, option: '-o', values: ['lo'] },
      { negated: true, option: '-d', values: ['127.0.0.1/32'] },
      { negated: false, option: '--uid-owner', values: ['1500'], module: 'owner' },
    ],
    target: { name: 'OSM_PROXY_IN_REDIRECT', options: [] },
  })
})

t.test("a command, its table and its target's options", async (t) => {
  t.match(rule('iptables -t mangle -I PREROUTING 2 -p tcp -j REDIRECT --to-port 15001'), {
    table: 'mangle',
    chain: 'PREROUTING',
    command: 'insert',
    head: 'iptables -t mangle -I PREROUTING 2',
    clauses: [{ option: '-p', values: ['tcp'] }],
    target: { name: 'REDIRECT', options: ['--to-port', '15001'] },
  })
})

t.test('prints what it read, byte for byte', async (t) => {
  const lines = [
    owner,
    '[12:720]  -A X -p tcp -m tcp   --tcp-flags SYN,ACK SYN -m comment --comment "a \\" -j b" -j Y ',
    'iptables -t nat -A PREROUTING -j X',
    "-A X -m comment --comment 'a b'",
    '-A X -p tcp -m tcp -m owner --uid-owner 1 --gid-owner 2 -g Y',
    '-A X',
  ]
  for (const line of lines) t.equal(formatRule(rule(line)), line)
})

t.test('lines that append and insert nothing', async (t) => {
  for (const line of ['', '*nat', ':X - [0:0]', '# -A X', '-N X', '-D X -j Y', 'COMMIT', '-A'])
    t.equal(parseRule(line), undefined, line)
})

t.test('drops a clause, with the module that it loads', async (t) => {
  t.equal(formatRule(withoutClause(rule(owner), 1)), owner.replace(' ! -d 127.0.0.1/32', ''))
  t.equal(formatRule(withoutClause(rule(owner), 2)), owner.replace(' -m owner --uid-owner 1500', ''))
  t.equal(
    formatRule(withoutClause(rule('-A X -m owner --uid-owner 1 --gid-owner 2 -j Y'), 0)),
    '-A X -m owner --gid-owner 2 -j Y',
  )
})

t.test('negates a clause', async (t) => {
  t.equal(formatRule(withNegation(rule(owner), 1)), owner.replace('! -d', '-d'))
  t.equal(formatRule(withNegation(rule(owner), 2)), owner.replace('--uid-owner', '! --uid-owner'))
})

t.test('changes values and target', async (t) => {
  t.equal(formatRule(withValues(rule(owner), 2, ['1501'])), owner.replace('1500', '1501'))
  t.equal(
    formatRule(withValues(rule('-A X -m comment --comment a'), 0, ['b "c"'])),
    '-A X -m comment --comment "b \\"c\\""',
  )
  t.equal(
    formatRule(withTarget(rule(owner), 'REDIRECT', ['--to-port', '15003'])),
    owner.replace('OSM_PROXY_IN_REDIRECT', 'REDIRECT --to-port 15003'),
  )
  t.equal(formatRule(withTarget(rule('-A X -p tcp'), 'DROP')), '-A X -p tcp -j DROP')
})
