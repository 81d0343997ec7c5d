import t from 'tap'
import type { Family } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { printTree } from '../../harness/iptables/syntax/print.ts'
import { loadForReal } from './real.ts'
import { asPrintedHere } from './versions.ts'

const rules = (family: Family, table: string, ...lines: readonly string[]): RuleText[] =>
  lines.map((line) => ({ form: 'restore', family, payload: `*${table}\n:C - [0:0]\n${line}\nCOMMIT\n` }))
const payloads = (...texts: readonly string[]): RuleText[] =>
  texts.map((payload) => ({ form: 'restore', family: 'ipv4', payload }))

/** What may be written in more than one way, and what is seldom written. */
const accepted: readonly RuleText[] = [
  ...rules(
    'ipv4',
    'mangle',
    '-A C -m owner --uid-owner 010-0x20 -j RETURN',
    '-A C -p tcp --dport 010:0x50 -j RETURN',
    '-A C -p tcp -m multiport --dports 53,3000:5000,010 -j RETURN',
    '-A C -p udp --sport :1024 --dport 1024: -j RETURN',
    '-A C -p dccp -m multiport --dports 80 -j RETURN',
    '-A C -s 10/8 -j RETURN',
    '-A C -s 1.2.3.4/010 -j RETURN',
    '-A C -s 0/0 -j RETURN',
    '-A C -s 1.1.1.1,2.2.2.2/24 -d 3.3.3.3,4.4.4.4 -j RETURN',
    '-A C -j ACCEPT\n-A C -j DROP\n-I C 2 -d 3.3.3.3,4.4.4.4 -j RETURN',
    '-A C -s 1.1.1.1,2.2.2.2 -j RETURN\n-D C -s 2.2.2.2 -j RETURN',
    '-A C -s 1.1.1.1,2.2.2.2 -j RETURN\n-D C -s 1.1.1.1,2.2.2.2 -j RETURN',
    '-A C -p icmp --icmp-type port-unreachable -j RETURN',
    '-A C -p icmp ! --icmp-type TTL-zero-during-transit -j RETURN',
    '-A C -p icmp --icmp-type Echo-Req -j RETURN',
    '-A C -p icmp --icmp-type 255/3 -j RETURN',
    '-A C -p icmp --icmp-type 010/01 -j RETURN',
    `-A C -m comment --comment ${'x'.repeat(300)} -j RETURN`,
    '-A C -j MARK --set-mark 010/0x0f',
    '-A C -p udp -j TPROXY --on-port 15006 --on-ip 127.0.0.1 --tproxy-mark 1337/0xffffffff',
    '-A C -j LOG --log-level panic --log-prefix "a long prefix that is cut off at some place"',
    '-A C -j CONNMARK --restore-mark --mask 0xff',
  ),
  ...rules(
    'ipv4',
    'raw',
    '-A C -j CT --zone 0',
    '-A C -j CT',
    '-A C -j CT --zone-orig mark',
    '-A C -j CT --ctevents new,destroy',
  ),
  ...rules(
    'ipv4',
    'nat',
    '-A C -p tcp -j REDIRECT --to-ports 0x10-0x20',
    '-A C -p tcp -j DNAT --to-destination 1.2.3.4:80-90/010',
    '-A C -p tcp -j DNAT --to-destination :80',
  ),
  ...rules(
    'ipv4',
    'filter',
    ...['net-unreach', 'admin-prohib', 'icmp-host-prohib', 'ICMP-port-unr'].map(
      (type) => `-A C -j REJECT --reject-with ${type}`,
    ),
    '-A C -p tcp -j REJECT --reject-with tcp-rst',
  ),
  ...rules(
    'ipv6',
    'mangle',
    '-A C -p icmpv6 --icmpv6-type neighbor-solicitation -j RETURN',
    '-A C -p icmpv6 --icmpv6-type no-route -j RETURN',
    '-A C -s fd00::1,fd00::2/64 -j RETURN',
  ),
  ...rules(
    'ipv6',
    'nat',
    '-A C -p tcp -j DNAT --to-destination :80',
    '-A C -p tcp -j DNAT --to-destination [fd00::1-fd00::5]:80',
  ),
  ...rules('ipv6', 'filter', '-A C -j REJECT --reject-with reject-route'),
]

/** What both backends refuse, so that nobody may be told what it does. */
const refused: readonly RuleText[] = [
  ...payloads(
    '*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 1\n',
    '*filter\n-A OUTPUT -j ACCEPT\n*nat\nCOMMIT\n',
    '*filter\n:X\nCOMMIT\n',
    `*filter\n:${'x'.repeat(29)} - [0:0]\nCOMMIT\n`,
    '*filter\n-N -x\nCOMMIT\n',
    '*filter\n-N REDIRECT\nCOMMIT\n',
    '*nat\n-A OUTPUT -i eth0 -j RETURN\nCOMMIT\n',
    '*nat\n-A PREROUTING -o eth0 -j RETURN\nCOMMIT\n',
    '*nat\n-A PREROUTING -m owner --uid-owner 1 -j RETURN\nCOMMIT\n',
    '*nat\n-A OUTPUT -j DROP\nCOMMIT\n',
    '*nat\n-A POSTROUTING -j REDIRECT\nCOMMIT\n',
    '*nat\n-A OUTPUT -j MASQUERADE\nCOMMIT\n',
    '*filter\n-A OUTPUT -j REDIRECT\nCOMMIT\n',
    '*mangle\n-A OUTPUT -p tcp -j TPROXY --on-port 1\nCOMMIT\n',
    '*mangle\n-A OUTPUT -j CT --zone 1\nCOMMIT\n',
    '*mangle\n-A OUTPUT -j REJECT\nCOMMIT\n',
  ),
  ...rules(
    'ipv4',
    'mangle',
    '-A C -p tcp -m multiport --dports :1024 -j RETURN',
    '-A C -p tcp --dport 080 -j RETURN',
    '-A C ! -s 1.1.1.1,2.2.2.2 -j RETURN',
    '-A C ! -s 1.1.1.1 -d 2.2.2.2,3.3.3.3 -j RETURN',
    '-A C -s 1.1.1.1, -j RETURN',
    '-A C -m addrtype --limit-iface-out -j RETURN',
    '-A C -j TPROXY --on-port 1',
    '-A C -p tcp -j TPROXY --on-port 1 --on-ip ::1',
    '-A C -j LOG --log-level WARNING',
    '-A C -j LOG --log-prefix ""',
  ),
  ...rules('ipv4', 'filter', '-A C -j REJECT --reject-with nothing', '-A C -j REJECT --reject-with tcp-reset'),
  ...rules('ipv4', 'nat', '-A C -p tcp -j REDIRECT --to-ports 10-'),
  ...rules('ipv6', 'nat', '-A C -j DNAT --to-destination fe80::1%eth0'),
]

const shown = (text: RuleText): string => (text.form === 'restore' ? text.payload : '')
const sameTables = (text: string): string[] => text.split(/(?<=^COMMIT\n)/m).sort()

for (const backend of backends) {
  t.test(`what iptables-${backend} accepts is read as it loads it`, async (t) => {
    const real = loadForReal(accepted, backend)
    for (const [index, text] of accepted.entries()) {
      const { tree, failed } = loadRules([text], text.family)
      const printed = sameTables(asPrintedHere(printTree(tree), backend, shown(text)))
      t.same(failed?.line ?? printed, sameTables(real[index] ?? ''), shown(text))
    }
  })

  t.test(`what iptables-${backend} refuses is refused with its place`, async (t) => {
    const real = loadForReal(refused, backend)
    for (const [index, text] of refused.entries()) {
      t.notMatch(real[index], /^\*/, shown(text))
      t.match(loadRules([text], text.family).failed?.message, /^line \d+, column \d+: /, shown(text))
    }
  })
}

t.test('what a known target has beside what is known of it makes it one that is not known', async (t) => {
  const [text] = rules('ipv4', 'raw', '-A C -p tcp --dport 21 -j CT --zone 1 --helper ftp -m comment --comment x')
  const { tree } = loadRules(text === undefined ? [] : [text], 'ipv4')
  t.match(tree.tables.get('raw')?.chains.get('C')?.rules, [
    {
      matches: [{ module: 'tcp' }, { module: 'comment' }],
      target: { kind: 'extension', name: 'CT', words: ['--zone', '1', '--helper', 'ftp'], value: undefined },
    },
  ])
})
