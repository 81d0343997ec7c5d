import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { backends } from '../../harness/flow/backend.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { type KnownCase, testBothWorlds } from './both-worlds.ts'
import { given, nat, ping, tcpTo, udp } from './flows.ts'
import { podPlan } from './pod.ts'

const sandbox = await openSandbox(t)

const by = (bindToDevice: string, flow: FlowPlan): FlowPlan => ({ ...flow, bindToDevice })
const sentFrom = (address: string, flow: FlowPlan): FlowPlan => ({ ...flow, source: { address } })

/** Sockets that are bound to a device, which other devices' routes do not serve. */
const cases: readonly KnownCase[] = [
  [
    'an address that lo has is reached by lo, from itself',
    { ...given({}, by('lo', tcpTo('fd00:96::53', 80))), beside: ['fd00:96::53'] },
    /^direct app .* at fd00:96::53$/,
  ],
  [
    'IPv4 takes a foreign address for a neighbour on lo: it arrives, and no answer can be sent from it',
    { ...given({}, by('lo', ping(tcpTo('203.0.113.10', 0)))), beside: ['10.96.0.53'] },
    /^direct app unanswered .* at 10\.96\.0\.53$/,
  ],
  ['a connection there is none', given({}, by('lo', tcpTo('203.0.113.10', 80))), /^dropped/],
  [
    'so it does with an address of the pod that another device has',
    { ...given({}, by('lo', tcpTo('10.244.0.5', 80))), beside: ['10.96.0.53'] },
    /^direct app .* at 10\.96\.0\.53$/,
  ],
  ['and resets nothing there', { ...given({}, by('lo', tcpTo('10.244.0.5', 81))), beside: ['10.96.0.53'] }, /^dropped/],
  [
    "what comes to an interface's address by loopback is not for a socket that is bound to lo",
    given({}, by('lo', tcpTo('10.244.0.5', 80))),
    /^dropped/,
  ],
  [
    "but for one that is bound to the address's device",
    given({}, by('eth0', tcpTo('10.244.0.5', 81))),
    /^refused by pod/,
  ],
  [
    "nor for one that is bound to another's",
    given({}, by('eth0', sentFrom('10.245.0.5', tcpTo('10.244.0.5', 80)))),
    /^dropped/,
  ],
  [
    'an ICMP error about a datagram has come by lo in IPv4',
    given({}, by('eth0', udp(tcpTo('10.244.0.5', 81)))),
    /^dropped/,
  ],
  ["and by the address's device in IPv6", given({}, by('eth0', udp(tcpTo('fd00:10::5', 81)))), /^refused by pod/],
  [
    "a peer has none of the pod's addresses, and does not answer for them",
    given({}, by('eth0', ping(tcpTo('10.245.0.5', 0)))),
    /^dropped/,
  ],
  ['nor in IPv6', given({}, by('eth0', udp(tcpTo('fd00:11::5', 81)))), /^dropped/],
  [
    'who sends to an address of its own does so from there in IPv6',
    { ...given({}, by('eth0', ping(tcpTo('fd00:96::53', 0)))), beside: ['fd00:96::53'] },
    /^direct peer unanswered .* at fd00:96::53$/,
  ],
  [
    'a rule may send it where no route leads by its device',
    given(nat('-A OUTPUT -p tcp -j DNAT --to-destination [2001:db8::10]:80'), by('net1', tcpTo('fd00:11::77', 80))),
    /^dropped/,
  ],
  [
    'a datagram, too',
    given(
      nat('-A OUTPUT -p udp -j DNAT --to-destination [2001:db8::10]:80'),
      by('net1', udp(tcpTo('fd00:11::77', 80))),
    ),
    /^dropped/,
  ],
]

testBothWorlds(sandbox, cases)

const unrouted = [
  by('net1', tcpTo('2001:db8::10', 80)),
  by('net1', udp(tcpTo('fd00:10::5', 80))),
  by('lo', tcpTo('fd00:10::5', 80)),
  by('lo', ping(tcpTo('2001:db8::10', 0))),
  by('br0', sentFrom('fd00:10::5', tcpTo('fd00:10::1', 80))),
]

t.test('IPv6 sends nothing where no route leads by the device, whatever the rules are', async (t) => {
  for (const backend of backends) {
    const plan = podPlan(backend, { ...given({}, by('eth0', tcpTo('fd00:10::1', 80)), true), flows: unrouted })
    await using pod = await sandbox.stand(plan.pod)
    const { applied } = await pod.load(plan)
    const seen = await Array.fromAsync(pod.send(plan.flows))
    t.match(
      seen,
      unrouted.map(() => ({ error: 'the probe could not be sent: ENETUNREACH' })),
      `${backend}: the kernel`,
    )
    t.match(
      predictPod(plan, applied),
      unrouted.map(({ bindToDevice }) => ({
        unknown: new RegExp(`^no route leads to \\S+ by ${bindToDevice}, which`),
      })),
      `${backend}: the model`,
    )
  }
})

t.test('who is asked for behind the bridge and is not there is never heard of', async (t) => {
  const flow = by('br0', tcpTo('203.0.113.10', 80))
  t.match(predictPod(podPlan('nft', given({}, flow, true)), { ok: true }), [{ unknown: /^nobody behind br0 has 203/ }])
})
