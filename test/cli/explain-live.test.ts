import t from 'tap'
import { happened } from '../../harness/cli/explain/live.ts'
import type { MatchedRule } from '../../harness/flow/matched-rule.ts'
import type { Observed } from '../../harness/flow/verdict.ts'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const live = (...args: string[]) => resident(['explain', '--live', ...args])

t.test('what was predicted also happens, on both backends, by the rules that the kernel traced', async (t) => {
  for (const backend of ['nft', 'legacy']) {
    const { status, stdout, stderr } = sidetrack(
      `explain --live --rules osm@1.2 --uid 1000 --to 203.0.113.10:80 --iptables ${backend}`.split(' '),
    )
    t.same([status, stderr], [0, ''])
    t.match(stdout, /^Verdict: redirected[\s\S]*\nA process of UID 1000[\s\S]*\nWhat would change it:/)
    const sent = stdout.slice(stdout.indexOf('\nSent through a pod'))
    t.match(sent, new RegExp(`^\nSent through a pod, with iptables-${backend} 1\\.`))
    t.match(
      sent,
      /\nVerdict: redirected to the proxy's outbound listener, original destination 203\.0\.113\.10:80, as predicted\n/,
    )
    t.match(
      sent,
      / {2}3\. nat OSM_PROXY_OUT_REDIRECT rule 1, from OUTPUT: -A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-ports 15001\n/,
    )
    t.match(sent, /rule 3, from OUTPUT, the proxy's dial 1: .*--uid-owner 1500 -j RETURN\n/)
  }
})

t.test('other flows, each sent as it says', async (t) => {
  const flows: readonly [args: string[], verdict: RegExp][] = [
    [
      ['--in', 'eth0', '--from', '198.51.100.7', '--to', '10.9.9.9:8080'],
      /inbound listener, original destination 10\.9\.9\.9:8080, as predicted/,
    ],
    [
      ['--uid', '1500', '--gid', '0', '--to', 'pod:8080'],
      /inbound listener, .*, as predicted[\s\S]*1500:0 dialled 10\.244\.0\.5:8080/,
    ],
    [
      ['--uid', '1000', '--proto', 'udp', '--to', '203.0.113.10:53'],
      /direct, answered by the peer, as predicted[\s\S]*traced them:\n {2}none\n/,
    ],
    [['--uid', '1000', '--proto', 'icmp', '--to', '203.0.113.10'], /direct, answered by the peer, as predicted/],
    [['--uid', '1000', '--to', '[2001:db8::1]:80'], /direct, answered by the peer, as predicted/],
  ]
  for (const [args, verdict] of flows) {
    const { status, stdout, stderr } = live('--rules', 'osm@1.2', ...args)
    t.match(
      { status, stderr, sent: stdout.slice(stdout.indexOf('\nSent through')) },
      { status: 0, stderr: '', sent: verdict },
      args.join(' '),
    )
  }
})

/** A machine with a container engine, as Docker's rules have it: a port is published. */
const published = `*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A PREROUTING -p tcp -j REDIRECT --to-ports 15006
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:8080
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8080 -j ACCEPT
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
COMMIT
`

t.test('what is forwarded behind a bridge is driven there', async (t) => {
  const from = t.testdir({ 'vm.txt': published, 'vm.json': '{"config":{},"podIPs":["10.0.0.5"]}' })
  const flows: readonly [to: string, verdict: RegExp][] = [
    [
      '10.0.0.5:80',
      /^Verdict: translated, to 172\.17\.0\.2:8080, answered by the peer, by nat DOCKER rule 1[\s\S]*filter FORWARD[\s\S]*Verdict: translated, .*, as predicted/,
    ],
    ['10.0.0.5:81', /inbound listener, original destination 10\.0\.0\.5:81, as predicted/],
  ]
  for (const [to, verdict] of flows) {
    const args = ['--rules', 'file:vm.txt', '--config', 'vm.json', '--mesh', 'istio', '--in', 'eth0', '--to', to]
    t.match(resident(['explain', '--live', ...args], { from }), { status: 0, stderr: '', stdout: verdict }, to)
  }
  const udp = '--rules file:vm.txt --config vm.json --mesh istio --in eth0 --proto udp --to 172.17.0.2:53'.split(' ')
  t.match(resident(['explain', '--live', ...udp], { from }), {
    status: 0,
    stderr: '',
    stdout: /for 172\.17\.0\.2:53, who stands behind the bridge docker0\.[\s\S]*Verdict: dropped, as predicted/,
  })
})

t.test(
  'rules that nobody here can read are driven all the same; rejected ones are the fault of their source',
  async (t) => {
    const from = t.testdir({
      'odd.txt': '*nat\n-A OUTPUT -p tcp -m recent --set --name a -j REDIRECT --to-ports 15001\nCOMMIT\n',
      'rejected.txt': '*nat\n-A OUTPUT -p tcp -m nosuch -j RETURN\nCOMMIT\n',
      'nowhere.txt': '*nat\n-A OUTPUT -p tcp -j NOWHERE\nCOMMIT\n',
    })
    const call = (file: string) =>
      resident(
        ['explain', '--live', '--mesh', 'osm', '--rules', `file:${file}`, '--uid', '1000', '--to', '192.0.2.1:80'],
        { from },
      )
    t.match(call('odd.txt'), {
      status: 0,
      stdout: /Verdict: unknown[\s\S]*Verdict: looped to the proxy's outbound listener\n/,
    })
    t.match(call('rejected.txt'), { status: 1, stdout: '', stderr: /^sidetrack: the rules are rejected at line [23] / })
    t.match(call('nowhere.txt'), {
      status: 2,
      stdout: '',
      stderr: /^sidetrack: nowhere\.txt, line 2, column \d+: table nat has no chain NOWHERE/,
    })
  },
)

t.test('a backend without --live, and one that does not exist', async (t) => {
  const flow = ['--rules', 'osm', '--uid', '1', '--to', '192.0.2.1:80']
  t.match(resident(['explain', ...flow, '--iptables', 'nft']), {
    status: 2,
    stderr: /^sidetrack: --iptables: nothing is applied; add --live/,
  })
  t.match(live(...flow, '--iptables', 'all'), {
    status: 2,
    stderr: /^sidetrack: --iptables: 'all' is none of nft, legacy/,
  })
})

t.test('where the two part is shown', async (t) => {
  const identity = { uid: 1000, gid: 1000, groups: [] }
  const dialled = { address: '192.0.2.1', port: 80 }
  const direct: Observed = {
    verdict: 'direct',
    answeredBy: 'peer',
    journey: [{ at: 'peer', local: dialled, dialled, identity }],
  }
  const rule = (number: number): MatchedRule => ({
    connection: 0,
    hook: 'OUTPUT',
    table: 'nat',
    chain: 'A',
    rule: number,
    text: `-A A ${number}`,
  })
  const parted = happened(direct, direct, {
    observed: [rule(1), rule(3)],
    predicted: [rule(1), rule(2)],
    divergesAt: 1,
  })
  t.equal(parted.agrees, false)
  t.match(
    parted.lines.join('\n'),
    /\n {2}1\. nat A rule 1.*\n> 2\. nat A rule 3.*\nThe prediction parts from that at 2: nat A rule 2, from OUTPUT: -A A 2$/,
  )
  const other = happened(direct, { verdict: 'dropped', journey: [{ at: 'dropped', dialled, identity }] }, {})
  t.match([other.agrees, other.lines[0]], [false, 'Verdict: direct, answered by the peer, which is not as predicted'])
  t.match(happened(direct, undefined, { untraced: 'lost' }), {
    agrees: true,
    lines: /Which rules matched is not known: lost\./,
  })
  t.match(happened(direct, direct, { observed: [], predicted: [] }), { agrees: true })
})
