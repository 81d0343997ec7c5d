import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { type Family, families } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import { decidedBy } from '../../harness/run/predict/decided-by.ts'
import { loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import { podPlan } from '../model/pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)
const far = { ipv4: '203.0.113.10', ipv6: '2001:db8::10' } as const

const payload = `*nat
:A - [0:0]
:B - [0:0]
-A OUTPUT -p tcp -m owner --uid-owner 1500 -j RETURN
-A OUTPUT -p tcp -m comment --comment "it's \\"mine\\"" -j A
-A OUTPUT ! -p tcp
-A A -p tcp -m tcp --dport 53 -j RETURN
-A A -p tcp -m tcp --dport 8080 -j B
-A A -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 15001
-A A -p tcp -m tcp --dport 81 -j B
-A B -p tcp -m tcp --dport 81
-A B -p tcp -m tcp --dport 81 -j ACCEPT
-A B -j RETURN
COMMIT
`

const flow = (protocol: FlowPlan['protocol'], family: Family, port: number): FlowPlan => ({
  credentials: { uid: 1000, gid: 1000, groups: [] },
  origin: { kind: 'pod' },
  protocol,
  family,
  destination: { address: far[family], port },
})

/** Protocol, port, and what matches: connection, chain and number. */
const expected: readonly [FlowPlan['protocol'], port: number, matched: string[]][] = [
  ['tcp', 80, ['0 OUTPUT 2', '0 A 3', '1 OUTPUT 1']],
  ['tcp', 53, ['0 OUTPUT 2', '0 A 1']],
  ['tcp', 8080, ['0 OUTPUT 2', '0 A 2', '0 B 3']],
  ['tcp', 81, ['0 OUTPUT 2', '0 A 4', '0 B 1', '0 B 2']],
  ['udp', 53, ['0 OUTPUT 3']],
  ['icmp', 0, ['0 OUTPUT 3']],
]

for (const backend of backends) {
  t.test(`what ${backend} traces, of every protocol and family under way together`, async (t) => {
    const flows = families.flatMap((family) => expected.map(([protocol, port]) => flow(protocol, family, port)))
    const rules = families.map((family) => ({ form: 'restore', family, payload }) as const)
    const plan = podPlan(backend, { inner: false, rules, flows })
    await using pod = await sandbox.stand(plan.pod)
    const { applied } = await pod.load(plan)
    const results = await Array.fromAsync(pod.send(plan.flows))
    const loaded = loadPodRules(plan, applied)
    const predictions = predictPod(plan, applied, loaded)
    for (const [index, { family, protocol, destination }] of flows.entries()) {
      const [result, prediction] = [results[index], predictions[index]]
      if (result === undefined || prediction === undefined) throw new Error('a flow without result')
      const { observed = [], untraced } = decidedBy(result, prediction, family, loaded)
      const title = `${protocol} ${destination.address} ${destination.port}`
      t.equal(untraced, undefined, title)
      t.same(
        observed.map(({ connection, chain, rule }) => `${connection} ${chain} ${rule}`),
        expected[index % expected.length]?.[2],
        title,
      )
      if (protocol === 'tcp')
        t.match(observed[0], { comment: 'it\'s "mine"', target: 'A', text: /^-A OUTPUT -p tcp -m comment/ })
    }
  })
}
