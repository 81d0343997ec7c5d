import t from 'tap'
import { sidetrack } from './command-line.ts'

const explain = (...args: string[]) => sidetrack(['explain', ...args])

t.test('an application is redirected, and is told which rule that was and what would change it', async (t) => {
  const { status, stdout, stderr } = explain('--rules', 'osm@1.2', '--uid', '1000', '--to', '203.0.113.10:80')
  t.same([status, stderr], [0, ''])
  t.match(
    stdout,
    /^A process of UID 1000, GID 1000 opens a TCP connection from 10\.244\.0\.5 to 203\.0\.113\.10:80; the route is by eth0\.\n/,
  )
  t.match(stdout, / {4}no {4}3 {2}-m owner --uid-owner 1500 -j RETURN\n +--uid-owner 1500, but it is 1000\n/)
  t.match(stdout, / {4}yes {3}1 {2}-p tcp -j REDIRECT --to-ports 15001\n/)
  t.match(stdout, /\nThe proxy dials on to 203\.0\.113\.10:80:\n/)
  t.match(stdout, /\nVerdict: redirected to the proxy's outbound listener, original destination 203\.0\.113\.10:80\n/)
  t.match(stdout, /had that matched, the peer would get it at 203\.0\.113\.10:80\n/)
})

t.test('the proxy, its groups, and what comes in by an interface', async (t) => {
  const verdicts: readonly [args: readonly string[], verdict: RegExp][] = [
    [['--uid', '1500', '--to', '203.0.113.10:80'], /Verdict: direct, answered by the peer\n/],
    [['--uid', '1500', '--to', 'pod:8080'], /Verdict: redirected to the proxy's inbound listener/],
    [
      ['--uid', '1000', '--gid', '5', '--groups', '6,7', '--to', 'lo:8080'],
      /GID 5 and groups 6, 7 .*\n[\s\S]*Verdict: direct, answered by the application/,
    ],
    [['--uid', '1000', '--proto', 'udp', '--to', '203.0.113.10:53'], /Verdict: direct/],
    [['--uid', '1000', '--proto', 'icmp', '--to', '203.0.113.10'], /Verdict: direct/],
    [
      ['--in', 'eth0', '--from', '198.51.100.7', '--to', '10.9.9.9:8080'],
      /from 198\.51\.100\.7 comes in by eth0 for 10\.9\.9\.9:8080[\s\S]*the proxy's inbound listener/,
    ],
    [['--in', 'eth0', '--to', 'pod:15010'], /Verdict: direct, answered by the proxy's metrics port/],
    [['--uid', '1500', '--from', '10.9.9.9', '--to', '10.9.9.9:8080'], /it stays in the pod, on lo\.[\s\S]*the proxy's inbound listener/],
    [['--uid', '1000', '--to', '[2001:db8::1]:80'], /There are no rules for ipv6\.[\s\S]*Verdict: direct/],
  ]
  for (const [args, verdict] of verdicts)
    t.match(explain('--rules', 'osm@1.2', ...args), { status: 0, stderr: '', stdout: verdict }, args.join(' '))
})

t.test('captured rules, and a rule that is not known', async (t) => {
  const from = t.testdir({
    'rules.txt': '*nat\n:A - [0:0]\n-A OUTPUT -p tcp -m statistic --mode nth --every 2 --packet 0 -j REDIRECT --to-ports 15001\nCOMMIT\n',
    'bad.txt': '*nat\n-A OUTPUT -p tcp --dport 65536 -j RETURN\nCOMMIT\n',
  })
  const call = (file: string, ...args: string[]) =>
    sidetrack(['explain', '--rules', `file:${file}`, '--uid', '1', '--to', '192.0.2.1:80', ...args], { from })
  t.match(call('rules.txt'), {
    status: 0,
    stdout: /Verdict: unknown, since rule 1 of chain OUTPUT asks for --mode, which is not known here\./,
  })
  t.match(call('rules.txt', '--proto', 'udp'), { status: 0, stdout: /Verdict: direct/ }, 'the rest of a rule may be answer enough')
  t.match(call('bad.txt'), { status: 2, stdout: '', stderr: /^sidetrack: file:bad\.txt: line 2, column 26: '65536' is no port/ })
})

t.test('a config decides what the rules are, and whose addresses the pod has', async (t) => {
  const input = JSON.stringify({ podIPs: ['10.7.0.7'], config: { outboundPortExclusionList: [6379] } })
  const call = (to: string) => sidetrack(['explain', '--rules', 'osm', '--config', '-', '--uid', '1000', '--to', to], { input })
  t.match(call('192.0.2.1:6379'), { status: 0, stdout: /from 10\.7\.0\.7 to [\s\S]*Verdict: direct/ })
  t.match(call('192.0.2.1:6380'), { status: 0, stdout: /Verdict: redirected/ })
})

t.test('a call that is wrong is refused, naming the option', async (t) => {
  const flow = ['--rules', 'osm', '--uid', '1', '--to', '192.0.2.1:80']
  const refused: readonly [args: readonly string[], message: RegExp][] = [
    [['--uid', '1', '--to', '192.0.2.1:80'], /--rules: is missing/],
    [['--rules', 'osm', '--to', '192.0.2.1:80'], /--uid: is missing/],
    [['--rules', 'osm', '--uid', '1'], /--to: is missing/],
    [['--rules', 'osm', '--uid', 'x', '--to', '192.0.2.1:80'], /--uid: 'x' is no UID/],
    [['--rules', 'osm', '--uid', '1', '--to', '192.0.2.1'], /--to: .*needs a port/],
    [[...flow, '--from', 'fd00::1'], /--from: .*family/],
    [[...flow, '--in', 'lo'], /--in: what the pod sends to itself/],
    [[...flow, '--proto', 'sctp'], /--proto: 'sctp' is none of/],
  ]
  for (const [args, message] of refused) t.match(explain(...args), { status: 2, stdout: '', stderr: message }, args.join(' '))
})
