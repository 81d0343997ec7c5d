import t from 'tap'
import { loadRules } from '../../../harness/iptables/ruleset/load.ts'
import { readCapture } from '../../../harness/source/capture/capture.ts'
import { notesOf, readAs } from './read-as.ts'

const long = ' pkts bytes target     prot opt in     out     source               destination'
const short = 'target     prot opt source               destination'
const heads = (header: string, ...rows: readonly string[]): string =>
  ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']
    .flatMap((chain) => [
      `Chain ${chain} (policy ACCEPT 0 packets, 0 bytes)`,
      header,
      ...(chain === 'OUTPUT' ? rows : []),
      '',
    ])
    .join('\n')

t.test('a listing says with -v -n all that its rows have', async (t) => {
  const rows: readonly [row: string, rule: string][] = [
    [
      '    9   540 RETURN     tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:53 owner UID match 998',
      '-p tcp -m tcp --dport 53 -m owner --uid-owner 998 -j RETURN',
    ],
    [
      '    0     0 RETURN     all  --  *      lo      127.0.0.6            0.0.0.0/0',
      '-s 127.0.0.6/32 -o lo -j RETURN',
    ],
    [
      '    0     0 RETURN     0    --  *      eth0    10.0.0.0/8          !127.0.0.1            ! owner GID match 3',
      '-s 10.0.0.0/8 ! -d 127.0.0.1/32 -o eth0 -m owner ! --gid-owner 3 -j RETURN',
    ],
    [
      ' 1K  60K REDIRECT   6    --  *      !eth0       0.0.0.0/0            0.0.0.0/0            multiport dports !22,80 redir ports 15001',
      '! -o eth0 -p tcp -m multiport ! --dports 22,80 -j REDIRECT --to-ports 15001',
    ],
    [
      '    0     0            udp  --  *      *       0.0.0.0/0            0.0.0.0/0            /* no target */',
      '-p udp -m comment --comment "no target"',
    ],
    [
      '    0     0 DNAT       tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            ADDRTYPE match dst-type !LOCAL tcp dpt:!80 to:10.0.0.1:90',
      '-p tcp -m addrtype ! --dst-type LOCAL -m tcp ! --dport 80 -j DNAT --to-destination 10.0.0.1:90',
    ],
    [
      '    0     0 RETURN     all  --  *      *       0.0.0.0/0            0.0.0.0/0            mark match ! 0x539/0xfff ctstate RELATED,ESTABLISHED',
      '-m mark ! --mark 0x539/0xfff -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    ],
    [
      '    0     0 RETURN     tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp flags:0x17/0x02',
      '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j RETURN',
    ],
    [
      '    0     0 RETURN     icmp --  *      *       0.0.0.0/0            0.0.0.0/0            icmptype 8',
      '-p icmp -m icmp --icmp-type 8 -j RETURN',
    ],
  ]
  for (const [row, rule] of rows) t.same(readAs(heads(long, row)), [`ipv4 nat OUTPUT: ${rule}`], row)
  t.same(readCapture(heads(long, rows[0]?.[0] ?? '')).unsaid, [])
})

t.test('the other columns: line numbers, no counters, ip6tables without its opt', async (t) => {
  const numbered = heads(
    `num  ${long.trim()}`,
    '1        9   540 RETURN     udp  --  *      *       0.0.0.0/0            0.0.0.0/0',
  )
  t.same(readAs(numbered), ['ipv4 nat OUTPUT: -p udp -j RETURN'])
  const six = heads(
    'target     prot opt source               destination',
    'RETURN     udp      ::/0                 fd00::/8',
  )
  t.same(readCapture(six).families, ['ipv6'])
})

t.test('chains of its own, the table by the command above, two listings', async (t) => {
  const excerpt = (name: string, ...rows: readonly string[]): string =>
    [`Chain ${name} (1 references)`, long, ...rows, ''].join('\n')
  const row = '    0     0 ACCEPT     tcp  --  *      *       0.0.0.0/0            0.0.0.0/0'
  const alone = `$ iptables -t mangle -L -v -n\n${excerpt('A', row)}`
  t.same(readAs(alone, { complete: true }), ['ipv4 mangle A -', 'ipv4 mangle A: -p tcp -j ACCEPT'])
  t.throws(
    () => readAs(alone),
    {
      message:
        'line 4, column 1: no chain that packets enter, such as PREROUTING or OUTPUT, is shown of table mangle, so nothing tells what gets to A',
    },
    'iptables prints the chains of the kernel first, so this is a part',
  )
  t.throws(() => readAs(excerpt('A', row)), { message: /^line 1: nothing tells which table this listing is of$/ })
  const twice = heads(long, row) + heads(long, row.replace('tcp', 'udp'))
  t.same(readAs(twice), ['ipv4 nat OUTPUT: -p udp -j ACCEPT'])
  t.match(notesOf(twice).join('\n'), /2 snapshots of nat; the last is read/)
})

t.test('what a listing does not say is not known, and never guessed', async (t) => {
  const text = heads(
    short,
    'REDIRECT   tcp  --  anywhere             !localhost            tcp dpt:http redir ports 15001',
  )
  const capture = readCapture(text, { family: 'ipv4' })
  t.same(capture.unsaid, ['line 9: -o, -d !localhost'])
  const rules = capture.rulesOf('ipv4', [])
  const { tree } = loadRules(rules === undefined ? [] : [rules], 'ipv4')
  const [rule] = tree.tables.get('nat')?.chains.get('OUTPUT')?.rules ?? []
  t.match(
    rule?.options.map(({ option }) => option),
    ['-p', '-o', '-d !localhost'],
  )
  t.same(readCapture(text, { family: 'ipv4', complete: true }).unsaid, [])
  t.match(notesOf(text, { family: 'ipv4', complete: true }), [
    /^assumed: what the listing does not say is not asked for: -o, -d !localhost of 1 rule$/,
  ])
  t.same(readAs(text, { family: 'ipv4', complete: true }).length, 1)
  const other = heads(
    long,
    '    0     0 RETURN     tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            bpf match pinned',
  )
  t.match(readCapture(other).unsaid, [/^line 9: bpf, match, pinned$/], 'a detail that is not known here')
})

t.test('a row that has lost an address is named', async (t) => {
  const text = heads(long, '    0     0 RETURN     all  --  any    lo            anywhere')
  t.throws(() => readCapture(text), { message: /^line 9, column 5: the row has one address/ })
})
