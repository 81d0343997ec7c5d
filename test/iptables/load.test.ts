import t from 'tap'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { printTree } from '../../harness/iptables/syntax/print.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'

const payload = (...lines: string[]): RuleText => ({
  form: 'restore',
  family: 'ipv4',
  payload: `${lines.join('\n')}\n`,
})
const commands = (...lines: string[]): RuleText => ({
  form: 'commands',
  family: 'ipv4',
  commands: lines.map((line, index) => ({ argv: line.split(' '), line: index + 1 })),
})

/** The rules of one nat chain in canonical form, or why it cannot be read. */
function nat(...rules: string[]): string[] | string | undefined {
  const { tree, failed } = loadRules([payload('*nat', ':X - [0:0]', ...rules, 'COMMIT')], 'ipv4')
  if (failed !== undefined) return failed.message
  return printTree(tree)
    .split('\n')
    .filter((line) => line.startsWith('-A'))
}

t.test('a rule becomes what iptables-save prints', async (t) => {
  const pairs: readonly [written: string, printed: string][] = [
    ['-A X -d 2.2.2.2/24 -j RETURN', '-A X -d 2.2.2.0/24 -j RETURN'],
    [
      '-A X -p tcp --dport 80 -m owner ! --uid-owner 1500 -j REDIRECT --to-port 15001',
      '-A X -p tcp -m tcp --dport 80 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001',
    ],
    ['-A X -p tcp --match multiport --dports 1,2:3 -j RETURN', '-A X -p tcp -m multiport --dports 1,2:3 -j RETURN'],
    [
      '-A X -m owner --gid-owner 5 --suppl-groups --uid-owner 1-1',
      '-A X -m owner --uid-owner 1 --gid-owner 5 --suppl-groups',
    ],
    ['-A X --comment a -m comment', 'line 3, column 6: no option --comment is known to what is loaded here'],
    [
      '-A X -m conntrack --ctstate ESTABLISHED,NEW --ctproto 6',
      '-A X -m conntrack --ctstate NEW,ESTABLISHED --ctproto 6',
    ],
    ['-A X -j MARK --or-mark 4', '-A X -j MARK --set-xmark 0x4/0x4'],
  ]
  for (const [written, printed] of pairs) t.same([nat(written)].flat(), [printed], written)
})

t.test('what is inserted stands where it belongs, whatever else happens to its chain', async (t) => {
  const rules = (...marks: readonly number[]): string[] => marks.map((mark) => `-A X -m mark --mark 0x${mark}`)
  const act = (letter: string, mark: number | string): string => `-${letter} X -m mark --mark ${mark}`
  t.same(nat(act('A', 1), act('I', 2), act('A', 3), act('I', 4)), rules(4, 2, 1, 3), 'between appended ones')
  t.same(
    nat(act('I', 1), act('I', 2), '-I X 2 -m mark --mark 3', '-I X 1 -m mark --mark 4'),
    rules(4, 2, 3, 1),
    'at a place',
  )
  t.same(nat(act('I', 1), act('I', 2), act('D', 1), act('I', 3), '-D X 2'), rules(3), 'removed')
  t.same(nat(act('I', 1), act('I', 2), '-R X 2 -m mark --mark 5'), rules(2, 5), 'replaced')
  t.same(nat(act('I', 1), '-E X Y', '-N X', act('I', 2)), [...rules(2), '-A Y -m mark --mark 0x1'], 'renamed')
  t.same(nat(act('I', 1), '-F X', act('I', 2)), rules(2), 'flushed')
  t.same(
    nat('-I X -s 10.0.0.1,10.0.0.2', '-I X -s 10.0.0.3'),
    [3, 2, 1].map((last) => `-A X -s 10.0.0.${last}/32`),
    'of several addresses',
  )
  t.match(nat(act('I', 1), '-X X'), /^line 4, column \d+: chain X cannot be removed/, 'and is there to be asked for')
  const { tree } = loadRules(
    [payload('*nat', ':X -', act('I', 1), 'COMMIT', '*nat', act('I', 2), act('A', 'nonsense'), 'COMMIT')],
    'ipv4',
  )
  t.equal(tree.tables.get('nat')?.chains.get('X')?.rules.length, 1, 'what is not committed is undone')
})

t.test('what is not known is kept as it is written', async (t) => {
  const lines = [
    '-A X -p tcp -m statistic --mode random --probability 0.5 -j NFLOG --nflog-prefix "a b"',
    '-A X -m owner --uid-owner istio-proxy -j RETURN',
    '-A X -d example -j RETURN',
  ]
  t.same(nat(...lines), lines)
})

t.test('errors name line and column', async (t) => {
  const refused: readonly [rule: string, message: RegExp][] = [
    ['-A X -p tcp --dport 65536 -j RETURN', /^line 3, column 21: '65536' is no port/],
    ['-A X -d 2001:db8::/32', /^line 3, column 9: '2001:db8::' is no IPv4 address/],
    [
      '-A X -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16',
      /^line 3, column 35: multiport holds 15/,
    ],
    ['-A Y -j RETURN', /^line 3, column 4: table nat has no chain Y/],
    ['-A X --dport 80', /^line 3, column 6: no option --dport/],
    ['-A X -j REDIRECT --to-ports 80', /^line 3, column 29: a port in a translation needs -p/],
    ['-A X -m owner -j RETURN', /^line 3, column 9: -m owner needs/],
    ['-A X -p', /^line 3, column 6: the value of -p is missing/],
    ['-A X -j ACCEPT -j DROP', /^line 3, column 16: a rule has one target/],
    ['-q', /^line 3, column 1: no option -q/],
    ['-A X -j "RETURN', /^line 3, column 9: 'RETURN\\n' is no target's name/],
  ]
  for (const [rule, message] of refused) t.match(nat(rule), message, rule)
})

t.test('commands change the ruleset as iptables does', async (t) => {
  const { tree } = loadRules(
    [
      commands(
        '-t nat -N X',
        '-t nat -N Y',
        '-t nat -A X -j RETURN',
        '-t nat -I X -p tcp -j Y',
        '-w 5 -t nat -I X 2 -p udp -j Y',
        '-P INPUT DROP',
      ),
      commands('-t nat -D X -p udp -j Y', '-t nat -A Y -j RETURN', '-t nat -F Y'),
    ],
    'ipv4',
  )
  t.match(printTree(tree), /-A X -p tcp -j Y\n-A X -j RETURN\nCOMMIT/)
  t.match(printTree(tree), /:INPUT DROP \[0:0\]/)
})

t.test('loading stops where iptables stops, and keeps what it keeps', async (t) => {
  const twice = loadRules(
    Array.from({ length: 2 }, () => commands('-t nat -N X', '-t nat -A X -j RETURN')),
    'ipv4',
  )
  t.match(twice.failed?.message, /^line 1, column 11: Chain already exists/)
  t.match(printTree(twice.tree), /-A X -j RETURN/, 'commands count at once')
  const text = payload(
    '*nat',
    '-A OUTPUT -j RETURN',
    'COMMIT',
    '*filter',
    '-A OUTPUT -j DROP',
    '-A NONE -j DROP',
    'COMMIT',
  )
  const part = loadRules([text], 'ipv4')
  t.match(part.failed?.message, /^line 6, column 4/)
  t.same([...part.tree.tables.keys()], ['nat'], 'a table counts from its COMMIT on')
  t.same([...loadRules([text], 'ipv4', 2).tree.tables.keys()], [], 'iptables itself refused line 2')
})

t.test('a payload empties chains that it declares again, but not those of the kernel', async (t) => {
  const text = payload('*nat', ':X - [0:0]', ':OUTPUT ACCEPT [0:0]', '-A OUTPUT -j X', '-A X -j RETURN', 'COMMIT')
  const printed = printTree(loadRules([text, text], 'ipv4').tree)
  t.same([printed.match(/-A OUTPUT/g)?.length, printed.match(/-A X/g)?.length], [2, 1])
})

t.test('counters are read and printed', async (t) => {
  const saved =
    '*nat\n:PREROUTING ACCEPT [1:2]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [3:4]\n:POSTROUTING ACCEPT [0:0]\n[5:6] -A OUTPUT -j RETURN\nCOMMIT\n'
  const rules = readRules(saved, { family: 'ipv4', podIPs: [] })
  const { tree } = loadRules(rules === undefined ? [] : [rules], 'ipv4')
  t.equal(printTree(tree, true), saved)
  t.match(printTree(tree), /\n-A OUTPUT -j RETURN\n/)
})

t.test('a jump goes to a chain that is there; a target of another release is passed on', async (t) => {
  t.match(
    nat('-A X -j LATER', ':LATER - [0:0]'),
    /^line 3, column 9: table nat has no chain LATER, and no target is called so/,
  )
  t.match(nat('-A X -g TARPIT'), /^line 3, column 9: table nat has no chain TARPIT$/)
  t.same(nat('-A X -j TARPIT'), ['-A X -j TARPIT'])
  t.same(nat(':TARPIT - [0:0]', '-A X -j TARPIT'), ['-A X -j TARPIT'])
})
