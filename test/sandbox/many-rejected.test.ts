import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { namedCredentials } from '../../harness/flow/identity.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { planWitnesses } from '../../harness/run/witnesses/plan-witnesses.ts'
import { WitnessPod } from '../../harness/run/witnesses/witness-pod.ts'
import { addresses, profile } from '../gate/worlds.ts'
import { payload } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)

/** More than the kernel lets out at once where its limit on ICMP errors holds. */
const count = 400

t.test('REJECT is no DROP, however many are rejected at once', async (t) => {
  const flows = (['ipv4', 'ipv6'] as const).flatMap((family) =>
    Array.from(
      { length: count },
      (): ConcreteFlow => ({
        credentials: namedCredentials.remote,
        origin: { kind: 'peer', interface: 'eth0' },
        protocol: 'udp',
        family,
        destination: { address: addresses.pod('eth0', family), port: 20_000 },
      }),
    ),
  )
  const rules = (['ipv4', 'ipv6'] as const).map(
    (family): RuleText => ({ form: 'restore', family, payload: payload({ filter: ['-A INPUT -p udp -j REJECT'] }) }),
  )
  for (const backend of backends) {
    const plan = planWitnesses({ flows, worlds: [rules], profile, addresses, backend })
    await using pod = await WitnessPod.stand(sandbox, plan, 'a test')
    const { flows: seen } = await pod.ask(0)
    const told = seen.map(({ flow, result }) =>
      'error' in result ? result.error : `${flow.family} ${result.observed.verdict}`,
    )
    t.same([...new Set(told)].toSorted(), ['ipv4 refused', 'ipv6 refused'], backend)
  }
})
