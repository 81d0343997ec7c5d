import t from 'tap'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const rules = [
  '*mangle',
  '-A OUTPUT -p tcp -m owner --uid-owner 1000 -j MARK --set-xmark 0x1/0xffffffff',
  'COMMIT',
  '*nat',
  '-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 127.0.0.1:8081',
  '-A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 9000 -j DNAT --to-destination 203.0.113.10:80',
  'COMMIT',
]
const pod = [
  '$ ip -br addr',
  'lo UNKNOWN 127.0.0.1/8',
  'eth0@if3 UP 10.2.0.9/16',
  'net1@if4 UP 10.3.0.9/16',
  '$ ip route',
  'default via 10.2.0.1 dev eth0',
]
const routing = [
  '$ ip rule',
  '0:\tfrom all lookup local',
  '100:\tfrom all fwmark 0x1 lookup 77',
  '32766:\tfrom all lookup main',
  '32767:\tfrom all lookup default',
]
const explain = (lines: readonly string[], ...args: readonly string[]) =>
  resident(['explain', '--rules', 'file:-', '--mesh', 'osm', ...args], {
    input: `${[...rules, ...lines].join('\n')}\n`,
  })

t.test("the pod is the capture's", async (t) => {
  t.match(
    explain(pod, '--uid', '1', '--to', '203.0.113.10:80').stdout,
    'from 10.2.0.9 to 203.0.113.10:80; the route is by eth0',
  )
  t.match(
    explain(pod, '--uid', '1', '--to', '10.3.0.77:80').stdout,
    'from 10.3.0.9 to 10.3.0.77:80; the route is by net1',
  )
  t.match(explain(pod, '--in', 'net1', '--to', '10.3.0.9:80').stdout, /^Verdict: direct, answered by the application/)
  const { status, stderr } = explain(pod, '--in', 'net7', '--to', 'pod:80')
  t.equal(status, 2)
  t.equal(stderr, 'sidetrack: --in: the capture shows no interface net7; it has eth0, net1\n')
  t.match(
    explain(pod, '--uid', '1', '--from', '10.7.7.7', '--to', '203.0.113.10:80').stderr,
    /--from: 10\.7\.7\.7 is none of the pod's addresses; they are 10\.2\.0\.9/,
  )
  const six = ['net.ipv6.conf.all.disable_ipv6 = 1']
  t.match(
    explain([...pod, ...six], '--uid', '1', '--to', '[2001:db8::1]:80').stderr,
    '--to: the capture has net.ipv6.conf.all.disable_ipv6 = 1, so nothing is sent by IPv6 there',
  )
})

t.test(
  'what a captured machine forwards to somebody else is not known, but for what is behind its bridge',
  async (t) => {
    const node = [
      '*nat',
      '-A PREROUTING -p tcp -m tcp --dport 30080 -j DNAT --to-destination 192.0.2.77:8080',
      '-A PREROUTING ! -i docker0 -p tcp -m tcp --dport 30081 -j DNAT --to-destination 172.17.0.2:8080',
      'COMMIT',
    ]
    const verdict = (port: number, ...more: string[]) =>
      resident(['explain', '--rules', 'file:-', '--mesh', 'osm', '--in', 'eth0', '--to', `10.244.0.5:${port}`], {
        input: `${[...node, ...more].join('\n')}\n`,
      }).stdout.split('\n')[0]
    t.equal(
      verdict(30_080),
      'Verdict: unknown, since 192.0.2.77 is nobody known here: the text does not tell who has it, nor whether the machine forwards to it.',
    )
    t.match(verdict(30_080, 'net.ipv4.ip_forward = 0'), /^Verdict: dropped/)
    t.match(verdict(30_081), /^Verdict: translated, to 172\.17\.0\.2:8080, answered by the peer/)
  },
)

t.test('a mark that leads to a table which is not shown leads nobody knows where', async (t) => {
  const unknown =
    "unknown, since the policy routing is not known: the routes of table 77 are not shown; 'ip route show table 77' prints them"
  t.match(explain([...pod, ...routing], '--uid', '1000', '--to', '203.0.113.10:80').stdout, `Verdict: ${unknown}`)
  t.match(
    explain([...pod, ...routing], '--uid', '1', '--to', '203.0.113.10:80').stdout,
    /^Verdict: direct, answered by the peer/,
  )
  const shown = ['$ ip route show table 77', 'default via 10.3.0.1 dev net1']
  t.match(
    explain([...pod, ...routing, ...shown], '--uid', '1000', '--to', '203.0.113.10:80').stdout,
    'Verdict: direct, answered by the peer',
  )
  t.match(
    explain([...pod, ...routing], '--uid', '1000', '--to', '203.0.113.10:80', '--live').stderr,
    /line 16: the text does not say all of a rule \(the routes of table 77/,
  )
})

t.test('with route_localnet a translation to loopback arrives, in the model and in the kernel', async (t) => {
  const to = ['--in', 'eth0', '--to', '10.2.0.9:8080']
  t.match(explain(pod, ...to).stdout, /^Verdict: dropped/)
  const on = [...pod, 'net.ipv4.conf.all.route_localnet = 1']
  t.match(explain(on, ...to).stdout, /^Verdict: translated/)
  const input = `${[...rules, ...on].join('\n')}\n`
  for (const [flow, verdict] of [
    [to, /Verdict: translated, to 127\.0\.0\.1:8081.*, as predicted/],
    [['--uid', '1', '--to', '127.0.0.1:9000'], /Verdict: dropped.*, as predicted/],
  ] as const) {
    const { stdout, status } = sidetrack(['explain', '--rules', 'file:-', '--mesh', 'osm', ...flow, '--live'], {
      input,
    })
    if (!t.equal(status, 0) || !t.match(stdout, verdict)) t.comment(stdout)
  }
})

t.test('a listing that names localhost says of which flows that is not known', async (t) => {
  const row = ' pkts bytes target     prot opt in     out     source               destination'
  const listing = [
    'Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)',
    row,
    '    0     0 RETURN     all  --  any    any     anywhere             localhost',
    '    0     0 RETURN     tcp  --  any    eth9    anywhere            !localhost/8',
    '    0     0 RETURN     all  --  any    any     anywhere             anywhere             owner UID match 1500',
    '    0     0 REDIRECT   tcp  --  any    any     anywhere             anywhere             redir ports 15001',
  ].join('\n')
  const verdict = (to: string): string => {
    const args = ['explain', '--rules', 'file:-', '--mesh', 'osm', '--uid', '1', '--to', to]
    return resident(args, { input: `${listing}\n` }).stdout.split('\n', 1)[0] ?? ''
  }
  t.match(verdict('203.0.113.10:80'), /^Verdict: redirected to the proxy's outbound listener/)
  t.equal(
    verdict('127.0.0.1:80'),
    'Verdict: unknown, since rule 1 of chain OUTPUT asks for -d localhost, a name, and which address of loopback has it the listing does not say.',
  )
})
