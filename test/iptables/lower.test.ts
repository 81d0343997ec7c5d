import t from 'tap'
import type { Family } from '../../harness/core/address.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import type { Loader } from '../../harness/iptables/words/loader.ts'
import { lower } from '../../harness/iptables/ruleset/lower.ts'
import { type Condition, textOf } from '../../harness/netfilter/condition.ts'
import { connectionStates } from '../../harness/netfilter/field.ts'
import type { Rule } from '../../harness/netfilter/ruleset.ts'
import { addressNumber } from '../../harness/netfilter/wide-values.ts'

interface At extends Loader {
  family?: Family
  table?: string
}

/** One rule of a chain, as the kernel gets it. */
function lowered(rule: string, { family = 'ipv4', table = 'filter', ...loader }: At = {}): Rule {
  const payload = `*${table}\n:C - [0:0]\n-A C ${rule}\nCOMMIT\n`
  const { tree, failed } = loadRules([{ form: 'restore', family, payload }], family)
  if (failed !== undefined) throw failed
  const [found] = lower(tree, loader).tables.get(table)?.chains.get('C')?.rules ?? []
  if (found === undefined) throw new Error(`no rule: ${rule}`)
  return found
}

/**
 * A condition over a field as its intervals, with `!` where all values have to be in them; anything else by its kind.
 */
function inWords(condition: Condition): string {
  if (condition.kind !== 'field') return condition.kind
  const { field, mask, values, ifAbsent, in: set } = condition
  const intervals = set.intervals.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
  return [
    field,
    ...(mask === undefined ? [] : [`&${mask}`]),
    values === 'every' ? 'every' : 'any',
    intervals,
    ...(ifAbsent ? ['or none'] : []),
  ].join(' ')
}

const asks = (rule: string, at?: At): string[] => lowered(rule, at).conditions.map(inWords)
const number = (address: string): string => `${addressNumber(address)}`
const last32 = 2 ** 32 - 1

t.test('a condition is a set over a field, and its negation is the complement', async (t) => {
  const cases: readonly [rule: string, conditions: string[], at?: At][] = [
    ['-p tcp', ['protocol any 6']],
    ['! -p udp', ['protocol every 0-16,18-255']],
    ['-s 10.1.0.0/16', [`saddr any ${number('10.1.0.0')}-${number('10.1.255.255')}`]],
    ['! -d 127.0.0.1', [`daddr every 0-${number('127.0.0.0')},${number('127.0.0.2')}-${last32}`]],
    ['-s 10.0.0.1/255.0.0.255', [`saddr &${number('255.0.0.255')} any ${number('10.0.0.1')}`]],
    ['-d ::1', ['daddr any 1'], { family: 'ipv6' }],
    [
      '-d 2001:db8::/32',
      [`daddr any ${number('2001:db8::')}-${number('2001:db8:ffff:ffff:ffff:ffff:ffff:ffff')}`],
      { family: 'ipv6' },
    ],
    ['-p tcp -m tcp --dport 80:90', ['protocol any 6', 'dport any 80-90']],
    ['-p udp -m udp ! --sport 53', ['protocol any 17', 'sport every 0-52,54-65535']],
    ['-p tcp -m tcp --dport http', ['protocol any 6', 'dport any 80']],
    ['-p udp -m udp ! --sport domain:ntp', ['protocol any 17', 'sport every 0-52,124-65535']],
    ['-p tcp -m multiport --dports ssh,https,8080', ['protocol any 6', 'dport any 22,443,8080']],
    ['-p tcp -m multiport --dports 80,81,90:92', ['protocol any 6', 'dport any 80-81,90-92']],
    ['-p tcp -m multiport ! --ports 80', ['protocol any 6', 'anyPort every 0-79,81-65535']],
    ['-p tcp --syn', ['protocol any 6', 'tcpFlags &23 any 2']],
    ['-p tcp ! --tcp-flags ALL NONE', ['protocol any 6', 'tcpFlags &63 every 1-63 or none']],
    ['-p icmp --icmp-type 3', ['protocol any 1', 'icmp any 768-1023']],
    ['-p icmp --icmp-type 3/1', ['protocol any 1', 'icmp any 769']],
    ['-p icmp --icmp-type any', ['protocol any 1', 'icmp any 0-65535']],
    ['-m owner --uid-owner 1000-1002', ['uid any 1000-1002']],
    ['-m owner ! --gid-owner 1337', [`gid every 0-1336,1338-${last32} or none`]],
    ['-m owner --gid-owner 5 --suppl-groups', ['anyGid any 5']],
    ['-m owner --socket-exists', ['socket-exists']],
    ['-m mark --mark 0x1/0xf', ['mark &15 any 1']],
    ['-m connmark ! --mark 2', [`ctmark &${last32} every 0-1,3-${last32}`]],
    ['-m conntrack --ctstate NEW,RELATED', ['ctstate any 1-2']],
    ['-m state ! --state ESTABLISHED', [`ctstate every 0-2,4-${connectionStates.length - 1}`]],
    ['-m conntrack --ctproto tcp', ['ctproto any 6']],
    ['-m conntrack --ctdir reply', ['ctdir any 1']],
    ['-m conntrack --ctstatus SEEN_REPLY,CONFIRMED', ['ctstatus any 2-3,6-15']],
    ['-m conntrack ! --ctstatus ASSURED', ['ctstatus every 0-3,8-11']],
    ['-m conntrack --ctstatus NONE', ['ctstatus any ']],
    ['-m conntrack --ctstate INVALID --ctdir ORIGINAL', ['ctstate any 0', 'ctdir any 0 or none']],
    [
      '-m conntrack ! --ctorigdst 10.1.0.0/16',
      [`ctorigdst every 0-${number('10.0.255.255')},${number('10.2.0.0')}-${last32}`],
    ],
    ['-m conntrack --ctreplsrcport 80:90', ['ctreplsrcport any 80-90']],
    ['-m iprange --src-range 10.0.0.1-10.0.0.9', [`saddr any ${number('10.0.0.1')}-${number('10.0.0.9')}`]],
    ['-m iprange --dst-range 10.0.0.9-10.0.0.1', ['daddr any ']],
    [
      '-m iprange ! --dst-range ::1-::3',
      ['daddr every 0,4-340282366920938463463374607431768211455'],
      { family: 'ipv6' },
    ],
    ['-m addrtype --dst-type LOCAL --limit-iface-in', ['address-type', 'limit-interface']],
    ['-m socket --transparent --nowildcard', ['socket']],
    ['-m comment --comment x', ['comment']],
    ['-p tcp -m tcp', ['protocol any 6']],
    ['-f', ['fragment']],
  ]
  for (const [rule, conditions, at] of cases) t.same(asks(rule, at), conditions, rule)
})

t.test('an interface is one name, or all that begin so', async (t) => {
  const [named, beginning] = [lowered('-i eth0').conditions[0], lowered('! -o eth+').conditions[0]]
  if (named?.kind !== 'field' || beginning?.kind !== 'field') throw new Error('no field')
  t.match([named.field, beginning.field], ['iif', 'oif'])
  t.equal(named.in.intervals.length, 1)
  t.equal(named.in.intervals[0]?.first, named.in.intervals[0]?.last)
  t.equal(beginning.in.intervals.length, 2)
})

t.test('what is not known here is kept with its words, and a module without options is one question', async (t) => {
  t.match(lowered('-m limit').conditions, [{ kind: 'unknown', asked: { subject: '-m limit' } }])
  t.match(lowered('-m recent --set --name a').conditions, [
    { kind: 'unknown', asked: { subject: '--set' } },
    { kind: 'unknown', values: ['a'] },
  ])
  t.match(lowered('-p tcp --dport nosuchname').conditions[1], { kind: 'unknown', values: ['nosuchname'] })
  t.match(lowered('-p tcp --dport bootps').conditions[1], { kind: 'unknown' }, 'a name of UDP alone')
  t.match(lowered('-m conntrack --ctexpire 5').conditions, [{ kind: 'unknown', values: ['5'] }])
})

t.test('names of accounts are what they stand for where the rules are loaded', async (t) => {
  const envoy = { uid: new Map([['envoy', 107]]), gid: new Map([['mesh', 111]]) }
  t.match(lowered('-m owner --uid-owner envoy').conditions, [
    { kind: 'account', field: 'uid', name: 'envoy', ifAbsent: false },
  ])
  t.same(asks('-m owner --uid-owner root'), ['uid any 0'], 'root is 0 everywhere')
  t.same(asks('-m owner ! --uid-owner envoy', { accounts: envoy }), [`uid every 0-106,108-${last32} or none`])
  t.match(lowered('-m owner ! --gid-owner mesh --suppl-groups', { accounts: envoy }).conditions, [
    {
      field: 'anyGid',
      account: { name: 'mesh', id: 111 },
      asked: { subject: '--gid-owner', value: 'mesh --suppl-groups', negated: true },
    },
  ])
})

t.test('no port at all is what only iptables-legacy makes of it', async (t) => {
  const none = '-p tcp -m tcp ! --dport 0:65535'
  t.same(asks(none, { backend: 'legacy' }), ['protocol any 6', 'dport every '])
  for (const loader of [{ backend: 'nft' }, {}] as const) t.same(asks(none, loader), ['protocol any 6', 'unknown'])
})

t.test('what excludes all addresses only iptables-legacy loads', async (t) => {
  for (const none of ['! -s 0.0.0.0/0', '! -d 10.0.0.0/0', '! -s 10.1.2.3/0.0.0.0', '! --dst 0/0']) {
    t.match(asks(none, { backend: 'legacy' }), [/^[sd]addr every $/], none)
    for (const loader of [{ backend: 'nft' }, {}] as const) t.same(asks(none, loader), ['unknown'], none)
  }
  for (const loader of [{ backend: 'nft' }, { backend: 'legacy' }, {}] as const) {
    t.same(asks('-s 0.0.0.0/0', loader), [], 'all of them are no question')
    for (const some of ['! -s 0.0.0.0/32', '! -s 10.0.0.0/0.255.0.0', '! -d 0.0.0.0/1'])
      t.match(asks(some, loader), [/^[sd]addr /], some)
  }
})

t.test('of two ports that are both negated only iptables-legacy asks one after the other', async (t) => {
  const both = '-p udp -m udp ! --sport 54 ! --dport 53'
  t.match(asks(both, { backend: 'legacy' }), ['protocol any 17', /^sport every /, /^dport every /])
  for (const loader of [{ backend: 'nft' }, {}] as const) {
    t.same(asks(both, loader), ['protocol any 17', 'unknown', 'unknown'])
    for (const one of ['! --sport 54:55 ! --dport 53', '--sport 54 ! --dport 53', '! --sport 54 ! --dport 0'])
      t.match(asks(`-p udp -m udp ${one}`, loader), ['protocol any 17', /^sport /, /^dport /], one)
  }
})

t.test('a rule does one thing, or nothing', async (t) => {
  const cases: readonly [rule: string, statements: object[], at?: At][] = [
    ['-p tcp', []],
    ['-j ACCEPT', [{ kind: 'accept' }]],
    ['-j RETURN', [{ kind: 'return' }]],
    ['-j LOG --log-prefix x', [{ kind: 'log' }]],
    ['-j NFLOG', [{ kind: 'continue' }]],
    ['-j TTL --ttl-set 1', [{ kind: 'hop-limit' }], { table: 'mangle' }],
    ['-j NOTRACK', [{ kind: 'notrack' }], { table: 'raw' }],
    ['-j CT --notrack', [{ kind: 'notrack' }], { table: 'raw' }],
    ['-j CT --zone-orig 7', [{ kind: 'zone', direction: 'original', zone: 7 }], { table: 'raw' }],
    [
      '-j CT --zone 7 --ctevents new',
      [{ kind: 'unknown', name: 'CT', values: ['--zone', '7', '--ctevents', 'new'] }],
      { table: 'raw' },
    ],
    ['-j MARK --or-mark 3', [{ kind: 'mark', value: 3, mask: 3 }], { table: 'mangle' }],
    [
      '-p tcp -j REDIRECT --to-ports 80',
      [{ kind: 'redirect', ports: { first: 80, last: 80 }, random: false }],
      { table: 'nat' },
    ],
    [
      '-p tcp -j DNAT --to-destination 10.0.0.1:80 --persistent',
      [{ kind: 'dnat', ports: { first: 80, last: 80 } }],
      { table: 'nat' },
    ],
    ['-p tcp -j TPROXY --on-port 15001', [{ kind: 'tproxy', port: 15001, address: '0.0.0.0' }], { table: 'mangle' }],
    ['-j NETMAP --to 10.9.1.7/16', [{ kind: 'netmap', network: '10.9.0.0', bits: '255.255.0.0' }], { table: 'nat' }],
    ['-j REJECT', [{ kind: 'reject', with: 'icmp-port-unreachable' }]],
    ['-j NFQUEUE', [{ kind: 'unknown', name: 'NFQUEUE' }]],
  ]
  for (const [rule, statements, at] of cases) {
    const found = lowered(rule, at).statements
    t.match(found, statements, rule)
    t.equal(found.length, statements.length)
  }
})

t.test('connections are tracked for what needs it, and of what is not known here nobody knows', async (t) => {
  const tracks = (rule: string, at?: At) => lowered(rule, at).tracks
  t.same(
    [
      tracks('-p tcp -j ACCEPT'),
      tracks('-m conntrack --ctproto tcp'),
      tracks('-p tcp -j REDIRECT', { table: 'nat' }),
      tracks('-j CT --notrack', { table: 'raw' }),
      tracks('-m limit -j ACCEPT'),
      tracks('-m limit -m state --state NEW'),
      tracks('-j NFQUEUE'),
      tracks('-j NFLOG'),
    ],
    [false, true, true, false, 'unknown', true, 'unknown', false],
  )
})

t.test('a rule keeps the text that it comes from', async (t) => {
  const rule = lowered('-m comment --comment "to the proxy" ! -d 127.0.0.1 -p tcp -j REDIRECT --to-port 15001', {
    table: 'nat',
  })
  t.match(rule.origin, {
    text: '! -d 127.0.0.1/32 -p tcp -m comment --comment "to the proxy" -j REDIRECT --to-ports 15001',
    target: 'REDIRECT',
    comment: 'to the proxy',
    place: { line: 3 },
  })
  t.same(rule.conditions.map(textOf), ['! -d 127.0.0.1/32', '-p tcp', '--comment "to the proxy"'])
  t.equal(lowered('-p tcp').origin.target, undefined)
})
