import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { type KnownCase, testBothWorlds } from './both-worlds.ts'
import { given, nat, tcpTo, udp } from './flows.ts'
import { type Case, podPlan } from './pod.ts'

const sandbox = await openSandbox(t)

const server = { ipv4: '203.0.113.10', ipv6: '2001:db8::10' } as const
const other = '198.51.100.1'
const query = tcpTo(server.ipv4, 53)
const asProxy = (flow: FlowPlan): FlowPlan => ({ ...flow, credentials: { uid: 1500, gid: 0, groups: [] } })
const capture = (protocol: string) => [
  `-A OUTPUT -p ${protocol} --dport 53 -m owner --uid-owner 1500 -j RETURN`,
  `-A OUTPUT -p ${protocol} --dport 53 -j REDIRECT --to-ports 15053`,
]
const capturing = nat(...capture('udp'), ...capture('tcp'))
/**
 * As meshes have it: what the application and the proxy send from one port to one server must not be taken for one
 * another.
 */
const zones = {
  raw: [
    '-A OUTPUT -p udp --dport 53 -m owner --uid-owner 1500 -j CT --zone 1',
    '-A OUTPUT -p udp --sport 15053 -m owner --uid-owner 1500 -j CT --zone 2',
    '-A OUTPUT -p udp --dport 53 -m owner ! --uid-owner 1500 -j CT --zone 2',
    '-A PREROUTING -p udp --sport 53 -j CT --zone 1',
  ],
}
const asked = (
  tables: Readonly<Record<string, readonly string[]>>,
  flow: FlowPlan,
  dns: readonly string[] = [server[flow.family]],
): Case => ({
  ...given(tables, flow),
  dns,
})

const overIPv4 = asked(capturing, udp(tcpTo(server.ipv6, 53)), [other])

const cases: readonly KnownCase[] = [
  [
    'a question by UDP is asked on by UDP, as the proxy',
    asked(capturing, udp(query)),
    /^redirected dns for 203.* → peer 203\.0\.113\.10:53 .* from 1500:0/,
  ],
  [
    'and one by TCP by TCP',
    asked(capturing, query),
    /^redirected dns for 203.* → peer 203\.0\.113\.10:53 .* from 1500:0/,
  ],
  [
    'in IPv6 as well',
    asked(capturing, udp(tcpTo(server.ipv6, 53))),
    /^redirected dns for \[2001.* → peer \[2001.* from 1500:0/,
  ],
  [
    'whom the proxy asks is its own affair',
    asked(capturing, udp(query), [other, server.ipv4]),
    /→ peer 198\.51\.100\.1:53/,
  ],
  ['of whichever family', overIPv4, /for \[2001.* → peer 198\.51\.100\.1:53/],
  [
    'whose rules it then meets',
    {
      ...overIPv4,
      rules: [
        ...overIPv4.rules,
        {
          form: 'restore',
          family: 'ipv4',
          payload: '*filter\n-A OUTPUT -p tcp -j ACCEPT\n-A OUTPUT -p udp -j ACCEPT\nCOMMIT\n',
        },
      ],
    },
    /for \[2001.* → peer 198\.51\.100\.1:53/,
  ],
  [
    'without a server it answers by itself',
    asked(capturing, udp(query), []),
    /^redirected dns for 203[^→]* → dns [^→]*$/,
  ],
  ['a server that nobody is at is told', asked(capturing, udp(query), ['203.0.113.99']), /→ refused/],
  [
    'one that does not answer leaves the question open',
    asked({ ...capturing, filter: ['-A INPUT -p udp --sport 53 -i eth0 -j DROP'] }, udp(query)),
    /unanswered .* → peer/,
  ],
  [
    'nor does one whom it does not reach',
    asked({ ...capturing, filter: ['-A OUTPUT -p udp -m owner --uid-owner 1500 -j DROP'] }, udp(query)),
    /→ refused|→ dropped/,
  ],
  [
    'what it asks may come back to it',
    asked(nat('-A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 15053'), udp(query)),
    /^looped/,
  ],
  [
    'an answer whose query is in another zone begins something new, which is not invalid',
    asked(
      {
        raw: ['-A OUTPUT -p udp --dport 53 -j CT --zone 1'],
        mangle: ['-A PREROUTING -m conntrack --ctstate INVALID -j DROP'],
        filter: [
          '-A INPUT -m conntrack --ctstate NEW -i eth0 -p udp --sport 53 -j ACCEPT',
          '-A INPUT -i eth0 -p udp -j DROP',
        ],
      },
      udp(query),
    ),
    /^direct peer →/,
  ],
  [
    'so that nat is asked about it',
    asked(
      {
        raw: ['-A OUTPUT -p udp --dport 53 -j CT --zone 1'],
        nat: ['-A PREROUTING -p udp --sport 53 -j REDIRECT --to-ports 81'],
      },
      udp(query),
    ),
    /^direct peer unanswered →/,
  ],
  [
    'in zones it is found all the same',
    asked({ ...zones, ...capturing }, udp(query)),
    /^redirected dns for 203.* → peer/,
  ],
]

testBothWorlds(sandbox, cases)

t.test('a port that application and proxy both use is told apart by zones alone', async (t) => {
  const flows = [query, asProxy(query)].map((flow) => ({ ...udp(flow), source: { port: 40_000 } }))
  const said: unknown[] = []
  for (const tables of [{ ...zones, ...capturing }, capturing]) {
    const plan = podPlan('nft', { ...asked(tables, udp(query)), flows })
    await using pod = await sandbox.stand(plan.pod)
    await pod.load(plan)
    for await (const result of pod.send(plan.flows))
      said.push('observed' in result ? [result.observed.verdict, result.observed.listener] : result)
    const { conntrack } = await pod.evidence()
    const known = conntrack
      .filter(({ sourcePort }) => sourcePort === 40_000)
      .map(({ text }) => /zone\S*/.exec(text)?.[0])
    t.same(known.toSorted(), tables === capturing ? [undefined] : ['zone=1', 'zone=2'], 'each has an entry of its own')
    t.match(predictPod(plan, { ok: true }), [
      { predicted: { verdict: 'redirected', answered: true } },
      { predicted: { verdict: tables === capturing ? 'redirected' : 'direct', answered: true } },
    ])
  }
  t.same(said, [
    ['redirected', 'dns'],
    ['direct', undefined],
    ['redirected', 'dns'],
    ['redirected', 'dns'],
  ])
})
