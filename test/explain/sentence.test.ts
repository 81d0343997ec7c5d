import t from 'tap'
import { resident as sidetrack } from '../cli/resident.ts'

const nat = (...rules: readonly string[]): string => ['*nat', ...rules, 'COMMIT', ''].join('\n')
const redirect = '-j REDIRECT --to-ports 15001'
const out = '-A OUTPUT -p tcp'

/** What `explain` says below its first lines, of rules that come by standard input. */
function said(rules: string, args: readonly string[]): string | undefined {
  const { stdout, stderr } = sidetrack(['explain', '--rules', 'file:-', '--mesh', 'osm', ...args], { input: rules })
  return stderr || stdout.split('\n\n')[1]
}

const to = ['--to', '203.0.113.10:80']
const app = ['--uid', '1000', ...to]
const dns = ['--uid', '1000', '--proto', 'udp', '--to', '203.0.113.10:53']
const spared = (conditions: string): string => nat(`-A OUTPUT ${conditions} -j RETURN`, `${out} ${redirect}`)

t.test('what sets a flow apart that is spared: owner, port, address, interface, mark, state', async (t) => {
  const told: readonly [conditions: string, args: readonly string[], reason: string][] = [
    ['-m owner --gid-owner 1337', ['--uid', '1000', '--gid', '1337', ...to], 'its primary group is 1337'],
    ['-m owner --uid-owner 1500', ['--uid', '1500', ...to], 'its user is 1500'],
    ['-m owner ! --uid-owner 7', app, 'its user is 1000, not 7'],
    [
      '-m owner --gid-owner 5 --suppl-groups',
      ['--uid', '1000', '--gid', '9', '--groups', '5', ...to],
      'one of its groups (9, 5) is 5',
    ],
    ['-p tcp --dport 80', app, 'its destination port is 80'],
    ['-p tcp -m multiport ! --dports 81,90:99', app, 'its destination port is 80, which is not 81 or 90-99'],
    ['-d 203.0.113.10', app, 'its destination is 203.0.113.10'],
    ['-d 203.0.113.0/24', app, 'its destination 203.0.113.10 is in 203.0.113.0/24'],
    ['! -d 10.0.0.0/8', app, 'its destination 203.0.113.10 is not in 10.0.0.0/8'],
    ['! -o lo', app, 'it leaves by eth0, not by lo'],
    ['-o eth0 -p tcp --dport 80', app, 'it leaves by eth0 and its destination port is 80'],
    ['-m mark --mark 0x0', app, 'its mark is 0x0'],
    ['-m conntrack --ctstate NEW', app, 'its state is NEW'],
    ['-m addrtype ! --dst-type LOCAL', app, "its destination's address type is UNICAST, not LOCAL"],
  ]
  for (const [conditions, args, reason] of told)
    t.equal(said(spared(conditions), args), `It bypasses the proxy because ${reason}.`, conditions)
})

t.test('who gets it first is said, where what the proxy dials on is not known', async (t) => {
  const rules = nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 15003', `${out} -m cgroup --cgroup 7 -j RETURN`)
  const why = 'rule 1 of chain OUTPUT asks for --cgroup, which is not known here'
  const incoming = ['--in', 'eth0', '--to', 'pod:80']
  t.equal(
    said(rules, incoming),
    `It is redirected to the inbound listener; what becomes of that is not known, since ${why}.`,
  )
  const { stdout } = sidetrack(['explain', '--rules', 'file:-', '--mesh', 'osm', ...incoming], { input: rules })
  t.equal(
    stdout.split('\n')[0],
    `Verdict: unknown, since ${why}; known is that it is redirected to the proxy's inbound listener (15003), original destination 10.244.0.5:80.`,
  )
  t.equal(said(rules, app), `What becomes of it is not known, since ${why}.`)
})

t.test('each verdict, with a rule that decides and without', async (t) => {
  const guard = '-m owner ! --uid-owner 1500'
  const told: readonly [rules: string, args: readonly string[], sentence: string][] = [
    [nat('-A OUTPUT -p udp -j RETURN'), app, 'No rule matches it, so it goes where it was sent.'],
    [
      nat(`${out} -j RETURN`, `-A OUTPUT -p udp ${redirect.replace('15001', '53')}`),
      app,
      'No rule that it matches changes its way, so it goes where it was sent.',
    ],
    [
      nat(`${out} ${guard} ${redirect}`),
      app,
      'It is redirected to the outbound listener because its user is 1000, not 1500.',
    ],
    [
      nat(
        ':A - [0:0]',
        `${out} --dport 80 -j A`,
        `-A A -m owner --uid-owner 1500 -j RETURN`,
        `-A A -p tcp ${redirect}`,
      ),
      app,
      'It is redirected to the outbound listener because its destination port is 80.',
    ],
    [
      nat(`-A OUTPUT -m owner --uid-owner 1500 -j RETURN`, `${out} ${redirect}`),
      app,
      'It is redirected to the outbound listener because nothing before nat OUTPUT rule 2 lets it pass.',
    ],
    [
      nat(`${out} ${redirect}`),
      app,
      'What the proxy dials on comes back to the outbound listener because nat OUTPUT rule 1 matches all of its kind.',
    ],
    [
      nat(`${out} -j DNAT --to-destination 192.0.2.7:90`),
      app,
      'It is sent on to 192.0.2.7:90 because nat OUTPUT rule 1 matches all of its kind.',
    ],
    [
      nat(`${out} -j DROP`).replace('nat', 'filter'),
      app,
      'It is dropped because filter OUTPUT rule 1 matches all of its kind.',
    ],
    [
      '*filter\n:INPUT DROP [0:0]\n-A INPUT -p udp -j ACCEPT\nCOMMIT\n',
      app,
      'It is dropped because no rule of filter INPUT lets the answer on its way back pass, and the policy is DROP.',
    ],
    [
      '*filter\n-A INPUT -p tcp -m conntrack --ctstate ESTABLISHED -j DROP\nCOMMIT\n',
      app,
      'It is dropped because the answer on its way back meets filter INPUT rule 1.',
    ],
    [
      '*mangle\n-A INPUT -p udp --sport 53 -j DROP\nCOMMIT\n',
      dns,
      'It arrives, but its answer is lost because the answer on its way back meets mangle INPUT rule 1.',
    ],
    [
      '*filter\n-A INPUT -p icmp -j DROP\nCOMMIT\n',
      ['--uid', '1000', '--proto', 'icmp', '--to', '203.0.113.10'],
      'It arrives, but its answer is lost because the answer on its way back meets filter INPUT rule 1.',
    ],
    [
      `${nat('-A OUTPUT -p udp -j REDIRECT --to-ports 15001')}*filter\n-A OUTPUT -p udp --sport 15001 -j DROP\nCOMMIT\n`,
      dns,
      'It is redirected to the outbound listener, but its answer is lost because the answer on its way back meets filter OUTPUT rule 1.',
    ],
    [
      '*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n',
      dns,
      'It arrives, but its answer is lost because no rule of filter INPUT lets the answer on its way back pass, and the policy is DROP.',
    ],
    [
      '*filter\n:INPUT DROP [0:0]\n-A INPUT -p udp -j ACCEPT\nCOMMIT\n',
      dns,
      'It is let through because the answer on its way back meets filter INPUT rule 1.',
    ],
    [
      '*filter\n-A OUTPUT -p tcp --dport 80 -j REJECT\nCOMMIT\n',
      app,
      'It is refused because its destination port is 80.',
    ],
    [
      'ip6tables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001\n',
      ['--uid', '1', '--to', '[2001:db8::1]:80'],
      'It is refused because nobody listens on port 15001 of the pod, where nat OUTPUT rule 1 sends it.',
    ],
    [
      '*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -p tcp --dport 80 -j ACCEPT\nCOMMIT\n',
      app,
      'It is let through because its destination port is 80.',
    ],
    [
      nat(`-A OUTPUT -m statistic --mode nth --every 2 --packet 0 ${redirect.replace('-j', '-p tcp -j')}`),
      app,
      'What becomes of it is not known, since rule 1 of chain OUTPUT leaves it to chance.',
    ],
    [
      '*filter\n-A OUTPUT -m statistic --mode nth --every 2 --packet 0 -j LOG\nCOMMIT\n',
      app,
      'It goes where it was sent; which rule decides is not known, since it cannot be determined whether filter OUTPUT rule 1 matches.',
    ],
    [
      nat('-A PREROUTING -p tcp --dport 9 -j RETURN', '-A PREROUTING -p tcp -j REDIRECT --to-ports 15003'),
      ['--in', 'eth0', '--to', 'pod:9'],
      'It bypasses the proxy because its destination port is 9.',
    ],
  ]
  for (const [rules, args, sentence] of told) t.equal(said(rules, args), sentence, rules)
})

t.test('where it is not known whether an answer comes back, that is said', async (t) => {
  const rules = '*mangle\n-A OUTPUT -p udp -m ttl --ttl-eq 64 -j DROP\nCOMMIT\n'
  t.equal(
    said(rules, ['--proto', 'udp', '--in', 'eth0', '--to', 'pod:53']),
    'No rule matches it, so it goes where it was sent. Whether its answer comes back is not known, since rule 1 of chain OUTPUT asks for --ttl-eq, which is not known here.',
  )
})
