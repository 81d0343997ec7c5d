import t from 'tap'
import { spaceOf } from '../../harness/classes/space/space.ts'
import type { Family } from '../../harness/core/address.ts'
import { classesApart, restoreText, worldIn } from './worlds.ts'

const budget = { milliseconds: 20_000, classes: 1000 }

/** Some flow that fares otherwise with these rules, as text; undefined where there is none. */
function apart(family: Family, before: readonly string[], after: readonly string[]): string | undefined {
  const [was, is] = [before, after].map((lines) => worldIn(restoreText(family, ...lines)))
  if (was === undefined || is === undefined) throw new Error('the rules cannot be read')
  const next = classesApart(
    [was, is],
    spaceOf([was, is], { families: [family], segments: true, tos: true }),
    budget,
  ).next()
  return next.done ? undefined : `${next.value.why} ${JSON.stringify(next.value.flow)}`
}

/** The rule alone, which drops, against none: only a flow of which its conditions hold shows it. */
const dropping = (rule: string): string[] => ['*filter', `-A ${rule} -j DROP`, 'COMMIT', '']

/** A field, and conditions that hold of no flow in which it is left as it usually is. */
const rows: readonly (readonly [field: string, ipv4: string, ipv6?: string])[] = [
  ['UID', 'OUTPUT -m owner --uid-owner 4711'],
  ['a range of UIDs', 'OUTPUT -m owner --uid-owner 4711-4712'],
  ['GID', 'OUTPUT -m owner --gid-owner 4711'],
  ['supplementary group', 'OUTPUT -m owner ! --gid-owner 4711 -m owner --gid-owner 4711 --suppl-groups'],
  ['mark', 'OUTPUT -m mark --mark 7'],
  ['bits of a mark', 'OUTPUT -m mark --mark 0x50/0xf0'],
  ['destination', 'OUTPUT -d 203.0.113.77', 'OUTPUT -d 2001:db8::77'],
  [
    'a mask with holes',
    'OUTPUT -d 203.0.113.77/255.255.0.255',
    'OUTPUT -d 2001:db8::77/ffff:ffff:ffff:ffff:ffff:ffff:fff0:ffff',
  ],
  ['a range of addresses', 'OUTPUT -m iprange --dst-range 203.0.113.77-203.0.113.78'],
  ['original destination', 'OUTPUT -m conntrack --ctorigdst 203.0.113.77'],
  ['type of address', 'OUTPUT -m addrtype --dst-type LOCAL -p udp --dport 4711'],
  [
    'source',
    'OUTPUT -s 10.245.0.5 -o eth0 -m conntrack --ctstate NEW',
    'OUTPUT -s fd00:11::5 -o eth0 -m conntrack --ctstate NEW',
  ],
  ['source port', 'OUTPUT -p tcp --sport 4711 -m conntrack --ctstate NEW'],
  ['port of destination', 'OUTPUT -p udp --dport 4711'],
  ['either port', 'OUTPUT -p tcp -m multiport --ports 4711'],
  ['interface out', 'OUTPUT -o net1'],
  ['interface in', 'INPUT -i net1 -m conntrack --ctstate NEW'],
  ['a bridge', 'FORWARD -i br0'],
  ['protocol', 'OUTPUT -p udp'],
  ['echo request', 'OUTPUT -p icmp', 'OUTPUT -p ipv6-icmp'],
  ['type of ICMP', 'OUTPUT -p icmp --icmp-type 8', 'OUTPUT -p ipv6-icmp --icmpv6-type 128'],
  ['type of the answer', 'INPUT -p icmp --icmp-type 0', 'INPUT -p ipv6-icmp --icmpv6-type 129'],
  ['DSCP', 'OUTPUT -o eth0 -m dscp --dscp 46', 'OUTPUT -o eth0 -m dscp --dscp-class EF'],
  ['ECN', 'OUTPUT -o eth0 -m tos --tos 0x01/0x03', 'OUTPUT -o eth0 -m tos --tos 0x01/0x03'],
  ['flags', 'OUTPUT -p tcp --tcp-flags ALL FIN,ACK'],
  ['no connection', 'INPUT -m conntrack --ctstate INVALID'],
  ['answers', 'INPUT -m conntrack --ctstate ESTABLISHED'],
  ['direction', 'INPUT -m conntrack --ctdir REPLY'],
  ["port of an answer's destination", 'INPUT -p tcp --dport 4711 -m conntrack --ctdir REPLY'],
  ['the same of what the pod answers', 'OUTPUT -p tcp --dport 4711 -m conntrack --ctdir REPLY'],
  ['the same of what is forwarded', 'FORWARD -p udp --dport 4711 -m conntrack --ctdir REPLY'],
  [
    "an answer's destination",
    'INPUT -i eth0 -d 10.245.0.5 -m conntrack --ctdir REPLY',
    'INPUT -i eth0 -d fd00:11::5 -m conntrack --ctdir REPLY',
  ],
]

/** Rules that two conditions keep from matching at once: one IPv6 address is nothing beside all, in floating point. */
const pairs: readonly (readonly [fields: string, ipv4: string, ipv6: string])[] = [
  ['UID', 'OUTPUT -d 203.0.113.77 -m owner --uid-owner 4711', 'OUTPUT -d 2001:db8::77 -m owner --uid-owner 4711'],
  ['port', 'OUTPUT -d 203.0.113.77 -p udp --dport 4711', 'OUTPUT -d 2001:db8::77 -p udp --dport 4711'],
  ['mark', 'OUTPUT -d 203.0.113.77 -m mark --mark 7', 'OUTPUT -d 2001:db8::77 -m mark --mark 7'],
]

for (const [field, ipv4, ipv6] of pairs) {
  t.test(`a rule that asks for one address and one ${field} is seen`, async (t) => {
    t.match(apart('ipv4', [''], dropping(ipv4)), /^apart /, ipv4)
    t.match(apart('ipv6', [''], dropping(ipv6)), /^apart /, ipv6)
  })
}

for (const [field, ipv4, ipv6] of rows) {
  t.test(`a rule that asks for one field alone is seen: ${field}`, async (t) => {
    t.match(apart('ipv4', [''], dropping(ipv4)), /^apart /, ipv4)
    if (ipv6 !== undefined) t.match(apart('ipv6', [''], dropping(ipv6)), /^apart /, ipv6)
  })
}

t.test('what no flow that is sent has makes no difference', async (t) => {
  for (const rule of ['OUTPUT -p icmp --icmp-type 13', 'OUTPUT -d 0.1.2.3', 'OUTPUT -o eth9'])
    t.equal(apart('ipv4', [''], dropping(rule)), undefined, rule)
})

t.test('a zone of connection tracking is seen by who asks there for the original destination', async (t) => {
  const redirect = ['*nat', '-A OUTPUT -p tcp --dport 4711 -j REDIRECT --to-ports 15001', 'COMMIT']
  const zone = (number: number) => ['*raw', `-A OUTPUT -p tcp --dport 4711 -j CT --zone ${number}`, 'COMMIT']
  t.match(apart('ipv4', [...redirect, ''], [...redirect, ...zone(5), '']), /^apart /)
  t.equal(apart('ipv4', [...redirect, ''], [...redirect, ...zone(0), '']), undefined, 'the usual one')
  t.equal(
    apart('ipv4', [...redirect, ...zone(5), ''], [...redirect, ...zone(6), '']),
    undefined,
    'two others are alike',
  )
})
