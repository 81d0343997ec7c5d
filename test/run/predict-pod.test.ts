import t from 'tap'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { podPredictor, predictPod } from '../../harness/run/predict/predict-pod.ts'
import { podPlan } from '../model/pod.ts'

const app = { uid: 1000, gid: 1000, groups: [] }
const udp = (address: string): ConcreteFlow => ({
  credentials: app,
  origin: { kind: 'pod' },
  protocol: 'udp',
  family: 'ipv4',
  source: { port: 4000 },
  destination: { address, port: 80 },
})
const flows = [
  udp('203.0.113.10'),
  udp('203.0.113.11'),
  udp('203.0.113.10'),
  { ...udp('203.0.113.10'), protocol: 'tcp' as const },
]

t.test('flows are predicted in any order as they are sent, since connection tracking remembers', async (t) => {
  // The second datagram of a connection is no longer asked about by nat, and is not new.
  const payload =
    '*mangle\n-A OUTPUT -p udp -m conntrack --ctstate NEW -m mark --mark 0 -j MARK --set-mark 1\nCOMMIT\n*nat\n-A OUTPUT -p udp -j REDIRECT --to-ports 15001\nCOMMIT\n'
  const plan = podPlan('nft', { inner: false, rules: [{ form: 'restore', family: 'ipv4', payload }], flows })
  const inTurn = predictPod(plan, { ok: true })
  t.match(inTurn[0], { predicted: { verdict: 'redirected' } })
  for (const order of [
    [2, 1, 3, 0],
    [3, 2, 1, 0],
    [1, 0, 3, 2],
  ]) {
    const predictionOf = podPredictor(plan, { ok: true })
    const asked = order.map((index) => [index, predictionOf(index)] as const).toSorted(([a], [b]) => a - b)
    t.same(
      asked.map(([, prediction]) => prediction),
      inTurn,
    )
    t.equal(predictionOf(0), predictionOf(0), 'and once')
  }
  t.not(JSON.stringify(inTurn[2]), JSON.stringify(inTurn[0]), 'the third is another datagram of the first connection')
})

t.test('rules that cannot be read, or a model that fails, say nothing of any flow', async (t) => {
  const plan = podPlan('nft', {
    inner: false,
    rules: [{ form: 'restore', family: 'ipv4', payload: '*nat\n-A OUTPUT --bad\nCOMMIT\n' }],
    flows,
  })
  t.match(podPredictor(plan, { ok: true })(1), { unknown: /cannot be read/ })
  const broken = { ...plan, rules: [], pod: { ...plan.pod, links: undefined as never } }
  t.match(podPredictor(broken, { ok: true })(1), { unknown: /^the model failed/ })
})
