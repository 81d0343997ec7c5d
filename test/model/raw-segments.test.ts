import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { parseFlags } from '../../harness/core/tcp-flags.ts'
import { openSandbox } from '../sandbox/open.ts'
import { type KnownCase, testBothWorlds } from './both-worlds.ts'
import { from, given, nat, tcpTo } from './flows.ts'

const sandbox = await openSandbox(t)

const raw = (flags: string, flow: FlowPlan): FlowPlan => ({ ...flow, raw: parseFlags(flags) ?? 0 })
const near = { ipv4: '10.244.0.5', ipv6: 'fd00:10::5' } as const
const far = { ipv4: '203.0.113.10', ipv6: '2001:db8::10' } as const
const into = (flags: string, family: 'ipv4' | 'ipv6' = 'ipv4', port = 80) =>
  raw(flags, from('eth0', tcpTo(near[family], port)))
const out = (flags: string, family: 'ipv4' | 'ipv6' = 'ipv4', port = 80) => raw(flags, tcpTo(far[family], port))

const inbound = nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 15003')
const outbound = nat('-A OUTPUT -p tcp -m owner --uid-owner 1000 -j REDIRECT --to-ports 15001')
const dropInvalid = { mangle: ['-A PREROUTING -m conntrack --ctstate INVALID -j DROP'] }

const cases: readonly KnownCase[] = [
  ['a listener resets what acknowledges something', given({}, into('ACK')), /^refused by pod/],
  ['FIN alone it passes over', given({}, into('FIN')), /^direct app unanswered/],
  ['a port where nobody listens resets that', given({}, into('FIN', 'ipv4', 81)), /^refused by pod/],
  ['nobody resets a reset', given({}, into('RST,ACK', 'ipv4', 81)), /^direct app unanswered/],
  ['in IPv6 as well', given({}, into('RST', 'ipv6', 81)), /^direct app unanswered/],
  ['and what acknowledges', given({}, into('FIN,ACK', 'ipv6')), /^refused by pod/],
  [
    'an invalid segment is not redirected, and the application resets it',
    given(inbound, into('FIN,ACK')),
    /^refused by pod/,
  ],
  ['SYN+ACK is invalid, too', given({ ...inbound, ...dropInvalid }, into('SYN,ACK')), /^dropped/],
  [
    'where invalid segments are dropped nobody resets them',
    given({ ...inbound, ...dropInvalid }, into('FIN,ACK')),
    /^dropped/,
  ],
  ['in IPv6 as well', given({ ...inbound, ...dropInvalid }, into('FIN,ACK', 'ipv6')), /^dropped/],
  ['a reset of no connection is invalid', given(dropInvalid, into('RST')), /^dropped/],
  ['so is a segment without flags', given(dropInvalid, into('NONE')), /^dropped/],
  [
    'an ACK alone begins a connection, and is redirected',
    given({ ...inbound, ...dropInvalid }, into('ACK')),
    /^refused by pod/,
  ],
  ['with PSH as well', given({ ...inbound, ...dropInvalid }, into('PSH,ACK')), /^refused by pod/],
  ['in IPv6 as well', given({ ...inbound, ...dropInvalid }, into('ACK', 'ipv6')), /^refused by pod/],
  ['what the pod sends is not redirected either', given(outbound, out('FIN,ACK')), /^refused by peer/],
  ['but an ACK', given(outbound, out('ACK')), /^refused by pod/],
  [
    "what the rules send back to the peer arrives there in IPv6, and the peer's reset of it goes to itself",
    given(nat('-A PREROUTING -p tcp -j DNAT --to-destination [fd00:10::1]'), into('ACK', 'ipv6'), true),
    /^translated .*unanswered/,
  ],
  [
    'a rule sees who sends it',
    given({ filter: ['-A OUTPUT -m owner --uid-owner 1000 -j DROP'] }, out('FIN,ACK')),
    /^dropped/,
  ],
  [
    'the reset of a peer is invalid as well, and may be dropped',
    given(dropInvalid, out('FIN,ACK')),
    /^direct peer unanswered/,
  ],
  ['a peer passes over a reset', given({}, out('RST', 'ipv6')), /^direct peer unanswered/],
  [
    'REJECT answers it',
    given({ filter: ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset'] }, into('FIN,ACK')),
    /^refused by pod/,
  ],
  [
    'but no reset by a reset',
    given({ filter: ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset'] }, into('RST')),
    /^dropped/,
  ],
  ['nor what it does not send', given({ filter: ['-A OUTPUT -p tcp -j REJECT'] }, out('FIN,ACK')), /^dropped/],
  [
    'DNAT of an ACK is witnessed where it leads',
    given(nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 81'), into('ACK')),
    /^refused by pod/,
  ],
]

testBothWorlds(sandbox, cases)
