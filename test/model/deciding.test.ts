import t from 'tap'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { from, given, nat, ping, tcpTo, udp } from './flows.ts'
import { type Case, podPlan } from './pod.ts'

const app = tcpTo('203.0.113.10', 80)
const redirect = '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'

/** Which rule decides what becomes of a flow's own connection. */
function decides(wanted: Case): string | undefined {
  const [prediction] = predictPod(podPlan('nft', wanted), { ok: true })
  if (prediction === undefined || 'unknown' in prediction) throw new Error(`no prediction: ${prediction?.unknown}`)
  const { deciding } = prediction.attempts[0] ?? {}
  return deciding && `${deciding.table} ${deciding.chain} ${deciding.number}`
}

const cases: readonly [title: string, wanted: Case, rule: string | undefined][] = [
  ['what sends it elsewhere', given(nat(redirect), app), 'nat OUTPUT 1'],
  [
    'not what changes its source later',
    given(nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80', '-A POSTROUTING -j MASQUERADE'), app),
    'nat OUTPUT 1',
  ],
  [
    'nor where that is another one',
    given(
      nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 80', '-A POSTROUTING -o lo -j MASQUERADE'),
      tcpTo('127.0.0.2', 8080),
    ),
    'nat OUTPUT 1',
  ],
  ['the first of two that do the same', given(nat(redirect, redirect), app), 'nat OUTPUT 1'],
  [
    'what drops it, once it has been sent elsewhere',
    given({ ...nat(redirect), filter: ['-A INPUT -p tcp -m tcp --dport 15001 --syn -j DROP'] }, app),
    'filter INPUT 1',
  ],
  [
    'the first of two that drop it',
    given({ filter: ['-A OUTPUT -p tcp -j DROP', '-A OUTPUT -p tcp -j DROP'] }, app),
    'filter OUTPUT 1',
  ],
  [
    'what drops the answer',
    given({ filter: ['-A INPUT -p tcp -m conntrack --ctstate ESTABLISHED -j DROP'] }, app),
    'filter INPUT 1',
  ],
  [
    'what drops what is said to the answer',
    given({ filter: ['-A OUTPUT -p tcp -m conntrack --ctstate ESTABLISHED -j DROP'] }, app),
    'filter OUTPUT 1',
  ],
  [
    'what drops the answer to a datagram that has arrived',
    given({ mangle: ['-A INPUT -p udp -m udp --sport 53 -j DROP'] }, udp(tcpTo('203.0.113.10', 53))),
    'mangle INPUT 1',
  ],
  [
    'what drops an echo reply',
    given({ filter: ['-A INPUT -p icmp -j DROP'] }, ping(tcpTo('203.0.113.10', 0))),
    'filter INPUT 1',
  ],
  [
    'what drops the answer of a listener, not what leads there',
    given(
      {
        ...nat('-A OUTPUT -p udp -j REDIRECT --to-ports 15001'),
        filter: ['-A OUTPUT -p udp -m udp --sport 15001 -j DROP'],
      },
      udp(tcpTo('203.0.113.10', 53)),
    ),
    'filter OUTPUT 1',
  ],
  [
    'what spares the answer to a datagram a policy',
    given({ filter: [':INPUT DROP [0:0]', '-A INPUT -p udp -j ACCEPT'] }, udp(tcpTo('203.0.113.10', 53))),
    'filter INPUT 1',
  ],
  [
    'what catches the answer',
    given({ mangle: ['-A PREROUTING -p tcp -j TPROXY --on-port 15003'] }, app),
    'mangle PREROUTING 1',
  ],
  [
    'what drops the ICMP error that a refusal is',
    given({ filter: ['-A INPUT -p icmp -j DROP'] }, udp(tcpTo('10.244.0.5', 81))),
    'filter INPUT 1',
  ],
  ['what rejects it', given({ filter: ['-A OUTPUT -p tcp -j REJECT'] }, app), 'filter OUTPUT 1'],
  ['what spares it', given(nat('-A OUTPUT -d 203.0.113.10/32 -j RETURN', redirect), app), 'nat OUTPUT 1'],
  [
    'what spares it in the place of another that would',
    given(nat('-A OUTPUT -p tcp -m tcp --dport 80 -j RETURN', '-A OUTPUT -d 203.0.113.10/32 -j RETURN', redirect), app),
    'nat OUTPUT 1',
  ],
  [
    'none that spares it nothing',
    given(nat('-A OUTPUT -d 203.0.113.10/32 -j RETURN', '-A OUTPUT -p udp -j REDIRECT'), app),
    undefined,
  ],
  [
    'not a later one that spares it nothing',
    given({ ...nat('-A OUTPUT -d 203.0.113.10/32 -j RETURN', redirect), filter: ['-A OUTPUT -j ACCEPT'] }, app),
    'nat OUTPUT 1',
  ],
  [
    'what spares it a policy',
    given({ filter: [':INPUT DROP [0:0]', '-A INPUT -p tcp -j ACCEPT'] }, from('eth0', tcpTo('10.244.0.5', 80))),
    'filter INPUT 1',
  ],
  ['none where the policy drops it', given({ filter: [':INPUT DROP [0:0]', '-A OUTPUT -j ACCEPT'] }, app), undefined],
  [
    'what spares its answer a policy',
    given({ filter: [':INPUT DROP [0:0]', '-A INPUT -p tcp -m conntrack --ctstate ESTABLISHED -j ACCEPT'] }, app),
    'filter INPUT 1',
  ],
  [
    'the mark that keeps others from it',
    given(
      {
        mangle: ['-A OUTPUT -j MARK --set-mark 1'],
        ...nat('-A OUTPUT -p tcp -m mark ! --mark 1 -j REDIRECT --to-ports 15001'),
      },
      app,
    ),
    'mangle OUTPUT 1',
  ],
  [
    'what keeps it from connection tracking, and so from nat',
    given({ raw: ['-A OUTPUT -p tcp -j NOTRACK'], ...nat(redirect) }, app),
    'raw OUTPUT 1',
  ],
  [
    'where it goes, though nobody listens there',
    given(nat('-A OUTPUT -p tcp -j REDIRECT --to-ports 81'), app),
    'nat OUTPUT 1',
  ],
  [
    'whom it seems to come from, where the answer is lost for that',
    given(nat('-A POSTROUTING -o eth0 -p tcp -j SNAT --to-source 203.0.113.77'), app),
    'nat POSTROUTING 1',
  ],
  ['none where none matches', given(nat('-A OUTPUT -p udp -j REDIRECT'), app), undefined],
]

for (const [title, wanted, rule] of cases) t.test(title, async (t) => t.equal(decides(wanted), rule))

t.test('each of the proxy dials has its own', async (t) => {
  const [prediction] = predictPod(
    podPlan('nft', given(nat('-A OUTPUT -m owner --uid-owner 1500 -j RETURN', redirect), app)),
    { ok: true },
  )
  t.same(
    prediction?.attempts.map(({ deciding }) => deciding?.number),
    [2, 1],
  )
})
