import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { backends } from '../../harness/flow/backend.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { type KnownCase, testBothWorlds } from './both-worlds.ts'
import { compareWithKernel } from './disagreements.ts'
import { from, given, nat, ping, tcpTo, udp } from './flows.ts'
import { podPlan } from './pod.ts'

const sandbox = await openSandbox(t)

const inner = { origin: { kind: 'inner' }, credentials: { uid: 1000, gid: 1000, groups: [] } } as const
/** A segment that acknowledges something, of no connection. */
const raw = (flow: FlowPlan): FlowPlan => ({ ...flow, raw: 0x10 })
const masqueraded = nat(
  ...['tcp', 'udp'].map((protocol) => `-A POSTROUTING -p ${protocol} -j MASQUERADE --to-ports 50000-50010`),
)

/** Where flows end and what they seem to come from, as no mesh has it. */
const cases: readonly KnownCase[] = [
  [
    'a peer that dials an address of its own does so from there in IPv4',
    given({}, from('eth0', tcpTo('203.0.113.10', 80))),
    / at 203\.0\.113\.10$/,
  ],
  ['in IPv6 from that of its interface', given({}, from('eth0', tcpTo('2001:db8::10', 80))), / at fd00:10::1$/],
  [
    'who stands behind the bridge and dials itself is refused by itself',
    given(nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 80'), { ...tcpTo('172.30.0.2', 81), ...inner }, true),
    /^refused by peer/,
  ],
  [
    'and answers itself',
    given({}, { ...ping(tcpTo('172.30.0.2', 0)), ...inner }, true),
    /^direct peer .* at 172\.30\.0\.2$/,
  ],
  [
    'a peer that refuses is known, whatever port the connection seems to come from',
    given(masqueraded, tcpTo('203.0.113.10', 81)),
    /^refused by peer/,
  ],
  ['and of a datagram', given(masqueraded, udp(tcpTo('203.0.113.10', 81))), /^refused by peer/],
  ['in IPv6 as well', given(masqueraded, tcpTo('2001:db8::10', 81)), /^refused by peer/],
  [
    'MASQUERADE on lo takes what lo has beside loopback addresses, before the address of an interface',
    {
      ...given(nat('-A POSTROUTING -o lo -j MASQUERADE'), tcpTo('10.245.0.5', 80)),
      beside: ['fd00:96::53', '10.96.0.53'],
    },
    / at 10\.96\.0\.53$/,
  ],
  [
    'nat is asked about the reset of REJECT, which is the first packet of its connection to leave',
    given(
      {
        nat: ['-A POSTROUTING -p tcp -j SNAT --to-source 10.245.0.5'],
        filter: [
          '-A OUTPUT -p tcp -m tcp --dport 80 -j REJECT --reject-with tcp-reset',
          '-A INPUT -p tcp -m conntrack --ctstate SNAT -j DROP',
        ],
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^dropped/,
  ],
  [
    'of its ICMP error nothing is asked',
    given(
      {
        nat: ['-A POSTROUTING -j SNAT --to-source 10.245.0.5'],
        filter: ['-A OUTPUT -p tcp -m tcp --dport 80 -j REJECT', '-A INPUT -m conntrack --ctstate SNAT -j DROP'],
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^refused by pod/,
  ],
  [
    'an address that lo has beside its own is local to addrtype',
    {
      ...given({ filter: ['-A OUTPUT -p tcp -m addrtype --dst-type LOCAL -j DROP'] }, tcpTo('10.96.0.53', 80)),
      beside: ['10.96.0.53'],
    },
    /^dropped/,
  ],
  [
    'a reset comes back to ::1 from an address that lo has',
    {
      ...given(nat('-A OUTPUT -p tcp -j DNAT --to-destination fd00:96::53'), tcpTo('::1', 81)),
      beside: ['fd00:96::53'],
    },
    /^refused by pod/,
  ],
  [
    'conntrack has type and code of an echo request in place of a port',
    given(
      {
        filter: [
          '-A OUTPUT -p icmp -m conntrack ! --ctorigdstport 2048 -j DROP',
          '-A OUTPUT -p icmp -m conntrack ! --ctrepldstport 0 -j DROP',
        ],
      },
      ping(tcpTo('203.0.113.10', 0)),
    ),
    /^direct peer →/,
  ],
  [
    'in IPv6, too',
    given(
      {
        filter: [
          '-A OUTPUT -p ipv6-icmp -m conntrack ! --ctorigdstport 32768 -j DROP',
          '-A OUTPUT -p ipv6-icmp -m conntrack ! --ctrepldstport 33024 -j DROP',
        ],
      },
      ping(tcpTo('2001:db8::10', 0)),
    ),
    /^direct peer →/,
  ],
  [
    'a raw socket hears the reset that TPROXY gives to a listener',
    {
      ...given(
        { mangle: ['-A PREROUTING -p tcp -m tcp --tcp-flags RST RST -j TPROXY --on-port 15001'] },
        raw(tcpTo('203.0.113.10', 81)),
      ),
      transparent: true,
    },
    /^refused by peer/,
  ],
  [
    'and is no socket of the connection that is reset',
    given(
      { mangle: ['-A PREROUTING -p tcp -m tcp --tcp-flags RST RST -m socket --nowildcard -j DROP'] },
      raw(tcpTo('10.245.0.5', 81)),
    ),
    /^refused by pod/,
  ],
  [
    'all that CT gives a zone has a template of zeros until it is tracked',
    given(
      {
        raw: [
          '-A OUTPUT -p tcp -j CT --zone 2',
          '-A OUTPUT -p tcp -m conntrack --ctproto tcp -j DROP',
          '-A OUTPUT -p tcp -m conntrack --ctorigdst 203.0.113.10 -j DROP',
          '-A OUTPUT -p tcp -m conntrack ! --ctorigdstport 0 -j DROP',
          '-A PREROUTING -p tcp -j CT --zone 2',
          '-A PREROUTING -p tcp -m conntrack --ctdir REPLY -j DROP',
        ],
      },
      tcpTo('203.0.113.10', 80),
    ),
    /^direct peer →/,
  ],
  [
    'a peer has not the address behind the bridge, by whatever way it is sent there',
    {
      ...given({}, tcpTo('172.30.0.2', 80), true),
      routing: {
        rules: [{ family: 'ipv4', table: 300 }],
        routes: [
          { family: 'ipv4', table: 300, destination: '0.0.0.0/0', type: 'unicast', dev: 'net1', via: '10.245.0.1' },
        ],
      },
    },
    /^dropped/,
  ],
  [
    'a segment from an address of its own arrives at a peer in IPv6, where nobody listens, too',
    given(nat('-A POSTROUTING -p tcp -j SNAT --to-source 2001:db8::10'), raw(tcpTo('2001:db8:1::1', 81))),
    /^direct peer unanswered/,
  ],
  [
    'of a segment that was never sent no answer is lost',
    given({ filter: ['-A OUTPUT -p tcp -j REJECT --reject-with tcp-reset'] }, raw(tcpTo('2001:db8::10', 80))),
    /^dropped/,
  ],
]

testBothWorlds(sandbox, cases)

t.test('two that a peer refuses one after the other may come from the same port', async (t) => {
  for (const address of ['203.0.113.10', '2001:db8::10'])
    for (const backend of backends) {
      const rules = nat('-A POSTROUTING -p tcp -j MASQUERADE --to-ports 50000')
      const flows = [1000, 2000, 3000].map((uid) => tcpTo(address, 81, { uid, gid: uid, groups: [] }))
      t.same(
        await compareWithKernel(sandbox, backend, { ...given(rules, tcpTo(address, 81)), flows }),
        { compared: 3, unknown: 0, disagreements: [] },
        `${backend}: ${address}`,
      )
    }
})

t.test("whose a listener's reset is differs by kernel", async (t) => {
  const asks = (rule: string, family: 'ipv4' | 'ipv6' = 'ipv4') => {
    const flow = raw(from('eth0', tcpTo(family === 'ipv4' ? '10.244.0.5' : 'fd00:10::5', 80)))
    return predictPod(podPlan('nft', given({ filter: [`-A OUTPUT -p tcp ${rule}`] }, flow)), { ok: true })[0]
  }
  t.match(asks('-m owner --uid-owner 1000 -j DROP'), {
    unknown: /--uid-owner 1000, and that is not known of a listener/,
  })
  t.match(asks('-m owner --socket-exists -j DROP', 'ipv6'), { unknown: /--socket-exists/ })
  t.match(asks('-m owner --socket-exists -j DROP'), { predicted: { verdict: 'direct', answered: false } })
  t.match(asks('-m owner ! --uid-owner 0-4294967294 -j LOG'), { predicted: { verdict: 'refused' } })
})
