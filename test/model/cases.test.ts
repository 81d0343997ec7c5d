import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { type Family, familyOf } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import type { Credentials } from '../../harness/flow/identity.ts'
import { predictPod } from '../../harness/run/predict-pod.ts'
import { openSandbox } from '../sandbox/open.ts'
import { compareWithKernel } from './disagreements.ts'
import { inWords } from './difference.ts'
import { type Case, podPlan } from './pod.ts'

const sandbox = await openSandbox(t)

const app = { uid: 1000, gid: 1000, groups: [] }
const tcpTo = (address: string, port: number, credentials: Credentials = app): FlowPlan => ({
  credentials,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: familyOf(address) ?? 'ipv4',
  destination: { address, port },
})
const from = (name: string, flow: FlowPlan): FlowPlan => ({
  ...flow,
  credentials: { uid: 2000, gid: 2000, groups: [] },
  origin: { kind: 'peer', interface: name },
})
const udp = (flow: FlowPlan): FlowPlan => ({ ...flow, protocol: 'udp' })

function given(tables: Readonly<Record<string, readonly string[]>>, flow: FlowPlan, inner = false): Case {
  const { family }: { family: Family } = flow
  const payload = Object.entries(tables)
    .map(([table, rules]) => `*${table}\n${rules.join('\n')}\nCOMMIT\n`)
    .join('')
  return { inner, rules: [{ form: 'restore', family, payload }], flows: [flow] }
}

const nat = (...rules: string[]) => ({ nat: rules })

/** What random rulesets have taught, and what facts the model rests on: the model and the kernel both say this. */
const cases: readonly [title: string, given: Case, verdict: RegExp][] = [
  [
    'REDIRECT in OUTPUT goes to 127.0.0.1, whatever was dialled',
    given(nat('-A OUTPUT -p tcp -m owner --uid-owner 1000 -j REDIRECT --to-ports 80'), tcpTo('203.0.113.10', 8080)),
    /^translated app to 127\.0\.0\.1:80/,
  ],
  [
    'REDIRECT in PREROUTING goes to the address of the interface that it came in by',
    given(nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 80'), from('net1', tcpTo('10.244.0.5', 8080))),
    /^translated app to 10\.245\.0\.5:80/,
  ],
  [
    'what the pod sends to itself does not meet nat PREROUTING',
    given(nat('-A PREROUTING -p tcp -j REDIRECT --to-ports 15003'), tcpTo('10.244.0.5', 80)),
    /^direct app/,
  ],
  [
    'after a translation filter OUTPUT still sees the first route',
    given(
      { ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80'), filter: ['-A OUTPUT -o lo -p tcp -m tcp --dport 80 --syn -j DROP'] },
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated app/,
  ],
  [
    'but the translated destination',
    given(
      { ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80'), filter: ['-A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --syn -j DROP'] },
      tcpTo('203.0.113.10', 8080),
    ),
    /^dropped/,
  ],
  [
    'a supplementary group counts only where it is asked for',
    given(
      nat('-A OUTPUT -p tcp -m owner --gid-owner 1500 -j REDIRECT --to-ports 80'),
      tcpTo('203.0.113.10', 8080, { ...app, groups: [1500] }),
    ),
    /^direct peer/,
  ],
  [
    'and does where it is',
    given(
      nat('-A OUTPUT -p tcp -m owner --gid-owner 1500 --suppl-groups -j REDIRECT --to-ports 80'),
      tcpTo('203.0.113.10', 8080, { ...app, groups: [1500] }),
    ),
    /^translated app/,
  ],
  [
    'RETURN behind a goto goes back to who called, not to who went',
    given(
      nat(
        '-N A',
        '-N B',
        '-A A -g B',
        '-A A -p tcp -j REDIRECT --to-ports 80',
        '-A B -j RETURN',
        '-A OUTPUT -j A',
        '-A OUTPUT -p tcp -j REDIRECT --to-ports 8080',
      ),
      tcpTo('203.0.113.10', 53),
    ),
    /^translated app to 127\.0\.0\.1:8080/,
  ],
  [
    'a connection that is not tracked is not translated',
    given({ raw: ['-A OUTPUT -p tcp -j CT --notrack'], ...nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80') }, tcpTo('203.0.113.10', 8080)),
    /^direct peer/,
  ],
  [
    "the answer of a listener has the listener's owner",
    given({ filter: ['-A OUTPUT -p tcp -m tcp --sport 80 -m owner --uid-owner 1000 -j DROP'] }, from('eth0', tcpTo('10.244.0.5', 80))),
    /^dropped/,
  ],
  [
    "an RST has no owner: it is the kernel's own",
    given({ filter: ['-A OUTPUT -p tcp -m tcp --sport 81 -m owner ! --uid-owner 1000 -j DROP'] }, from('eth0', tcpTo('10.244.0.5', 81))),
    /^dropped/,
  ],
  [
    'IPv6 sends no RST to ::1 from an address that is not loopback',
    given(nat('-A OUTPUT -p tcp -j DNAT --to-destination [fd00:11::5]:81'), tcpTo('::1', 53)),
    /^dropped/,
  ],
  [
    'a peer throws away what comes back to it from its own address',
    given(nat('-A PREROUTING -p tcp -j DNAT --to-destination 10.244.0.1:8080'), from('eth0', tcpTo('10.244.0.5', 53)), true),
    /^dropped/,
  ],
  [
    'loopback addresses stay off the wire',
    given(nat('-A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1'), from('eth0', tcpTo('10.244.0.5', 80))),
    /^dropped/,
  ],
  [
    'a rejected datagram is EPERM to its sender',
    given({ filter: ['-A OUTPUT -p udp -j REJECT'] }, udp(tcpTo('203.0.113.10', 53))),
    /^dropped/,
  ],
  ['a rejected connection is refused', given({ filter: ['-A OUTPUT -p tcp -j REJECT'] }, tcpTo('203.0.113.10', 53)), /^refused by pod/],
  [
    'a mark that one table sets is seen by the next',
    given(
      { mangle: ['-A OUTPUT -j MARK --set-mark 1'], ...nat('-A OUTPUT -p tcp -m mark --mark 1 -j REDIRECT --to-ports 80') },
      tcpTo('203.0.113.10', 8080),
    ),
    /^translated app/,
  ],
]

for (const [title, given, verdict] of cases) {
  t.test(title, async (t) => {
    for (const backend of backends) {
      const [prediction] = predictPod(podPlan(backend, given), { ok: true })
      t.match(
        prediction !== undefined && 'predicted' in prediction ? inWords(prediction.predicted) : prediction,
        verdict,
        `${backend}: the model`,
      )
      t.same(await compareWithKernel(sandbox, backend, given), { compared: 1, unknown: 0, disagreements: [] }, `${backend}: the kernel`)
    }
  })
}

t.test('what nobody can know is not predicted', async (t) => {
  const flow = tcpTo('203.0.113.10', 80)
  const unknown: readonly [rules: Readonly<Record<string, readonly string[]>>, reason: RegExp][] = [
    [nat('-A OUTPUT -p tcp -m statistic --mode nth --every 2 --packet 0 -j RETURN'), /rule 1 of chain OUTPUT asks for --mode/],
    [nat('-A OUTPUT -p tcp -m recent --set -j RETURN'), /asks for --set/],
    [nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80-90 --random'), /choose a port from 80 to 90/],
    [nat('-A OUTPUT -p tcp -j DNAT --to-destination 203.0.113.10-203.0.113.11'), /a range of addresses/],
    [nat('-A OUTPUT -p tcp -m tcp --sport 30000 -j RETURN'), /asks for --sport/],
    [{ mangle: ['-A OUTPUT -p tcp -j NOSUCH'] }, /the target NOSUCH/],
    [nat('-A OUTPUT -p tcp -m tcp --bad'), /cannot be read: line 2, column 25/],
  ]
  for (const [rules, reason] of unknown)
    t.match(predictPod(podPlan('nft', given(rules, flow)), { ok: true }), [{ unknown: reason }], `${reason}`)
  t.match(predictPod(podPlan('nft', given(nat('-A OUTPUT -p udp -m recent --set -j RETURN'), flow)), { ok: true }), [
    { predicted: { verdict: 'direct' } },
  ])
})
