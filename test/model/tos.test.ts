import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { type KnownCase, testBothWorlds } from './both-worlds.ts'
import { from, given, nat, ping, tcpTo, udp } from './flows.ts'
import { podPlan } from './pod.ts'

/** Rules that ask for DSCP and ECN, and sockets that set them. */

const sandbox = await openSandbox(t)

const [far, far6] = ['203.0.113.10', '2001:db8::10']
const near = '10.244.0.5'
const out = (tos: number, address = far): FlowPlan => ({ ...tcpTo(address, 80), tos })
const spared = (asked: string) => nat(`-A OUTPUT ${asked} -j RETURN`, '-A OUTPUT -p tcp -j REDIRECT --to-ports 80')
const dropped = (asked: string) => ({ filter: [`-A OUTPUT -o eth0 ${asked} -j DROP`] })

const cases: readonly KnownCase[] = [
  ['a DSCP is spared', given(spared('-m dscp --dscp 46'), out(0xb8)), /^direct peer/],
  ['another is not', given(spared('-m dscp --dscp 46'), out(0xb4)), /^translated app/],
  ['nor is a socket that sets none', given(spared('-m dscp --dscp 46'), out(0)), /^translated app/],
  ['every other one is', given(spared('-m dscp ! --dscp 0'), out(0x08)), /^direct peer/],
  ['a class by its name', given(spared('-m dscp --dscp-class EF'), out(0xb8)), /^direct peer/],
  ['assured forwarding', given(spared('-m dscp --dscp-class af31'), out(26 * 4)), /^direct peer/],
  ['a class selector', given(spared('-m dscp --dscp-class CS5'), out(40 * 4)), /^direct peer/],
  ['in IPv6 it is the traffic class', given(spared('-m dscp --dscp 0x2e'), out(0xb8, far6)), /^direct peer/],
  ['all of the octet', given(spared('-m tos --tos 0xb8'), out(0xb8, far6)), /^direct peer/],
  ['bits of it', given(spared('-m tos --tos 0x20/0xe0'), out(0x38)), /^direct peer/],
  ['a name leaves out the upper bits', given(spared('-m tos --tos Minimize-Delay'), out(0xd0)), /^direct peer/],
  ['no value has bits beside its mask', given(spared('-m tos --tos 0x21/0xe0'), out(0x20)), /^translated app/],
  ['a datagram may have ECN', given(dropped('-p udp -m tos --tos 0x01/0x03'), udp(out(0xb9))), /^dropped/],
  ['which is none of the DSCP', given(dropped('-p udp -m dscp --dscp 46'), udp(out(0xbb, far6))), /^dropped/],
  ['an echo request', given(dropped('-m dscp --dscp 46'), ping(out(0xb8))), /^dropped/],
  ['in IPv6 as well', given(dropped('-m dscp --dscp 46'), ping(out(0xb8, far6))), /^dropped/],
  [
    'what comes in keeps what its sender set',
    given(
      nat('-A PREROUTING -p tcp -m dscp --dscp 10 -j REDIRECT --to-ports 8080'),
      from('eth0', { ...tcpTo(near, 80), tos: 40 }),
    ),
    /^translated app to 10\.244\.0\.5:8080/,
  ],
  [
    'what the proxy dials on has none of it',
    given(nat('-A OUTPUT -p tcp -m dscp --dscp 46 -j REDIRECT --to-ports 15001'), out(0xb8)),
    /^redirected outbound/,
  ],
  [
    'a segment of a raw socket has it too',
    given(dropped('-p tcp -m dscp --dscp 46'), { ...out(0xb8), raw: 0x11 }),
    /^dropped/,
  ],
]

testBothWorlds(sandbox, cases)

t.test('what nobody says, and what a rule sets, is not known', async (t) => {
  const { tos: _, ...plain } = out(0)
  const set = { mangle: ['-A OUTPUT -j DSCP --set-dscp 46'], ...spared('-m dscp --dscp 46') }
  const back = { mangle: ['-A INPUT -i eth0 -m dscp --dscp 0 -j DROP'] }
  for (const [rules, flow] of [
    [spared('-m dscp --dscp 46'), plain],
    [set, out(0)],
    [back, out(0)],
  ] as const)
    t.match(predictPod(podPlan('nft', given(rules, flow)), { ok: true }), [
      { unknown: /asks for --dscp, which is not known/ },
    ])
})
