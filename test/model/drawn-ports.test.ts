import t from 'tap'
import { outcomesOf, isLeftToChance } from '../../harness/model/chances.ts'
import { predict } from '../../harness/model/predict.ts'
import { NetworkStack } from '../../harness/model/stack/network-stack.ts'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { lower } from '../../harness/iptables/ruleset/lower.ts'
import { inWords } from './difference.ts'
import { given, tcpTo } from './flows.ts'
import { type Case, podPlan } from './pod.ts'

/** Every way that a flow from port 41000 to the pod may go, with how often of a thousand; and whether that is chance. */
function ways(tables: Parameters<typeof given>[0], to = tcpTo('10.244.0.5', 80)): [isChance: boolean, ways: string[]] {
  const plan = podPlan('nft', given(tables, { ...to, source: { port: 41000 } }) as Case)
  const ruleset = lower(loadRules(plan.rules, 'ipv4').tree, { backend: 'nft' })
  const [flow] = plan.flows
  const stack = new NetworkStack(plan.pod)
  if (flow === undefined) throw new Error('one flow')
  const prediction = predict(flow, { ipv4: ruleset, ipv6: ruleset }, stack, { keeps: 'all' })
  const told = outcomesOf(flow, prediction, ruleset, stack).map(
    ({ share, prediction: each }) =>
      `${Math.round(share * 1000)} ${'predicted' in each ? inWords(each.predicted).replace(/ .*$/, '') : '?'}`,
  )
  return [isLeftToChance(prediction), told.toSorted()]
}

const input = (...rules: string[]): string[] => rules.map((rule) => `-A INPUT -p tcp ${rule}`)

t.test('a source port that the kernel draws is each of those that a rule tells apart', async (t) => {
  const nat = (target: string) => [`-A POSTROUTING -p tcp -j ${target}`]
  const filter = input('--sport 30000:39999 -j DROP', '-m multiport --sports 1,50000:59999 -j REJECT')
  for (const target of ['MASQUERADE --random', 'MASQUERADE --random-fully'])
    t.same(ways({ nat: nat(target), filter }), [true, ['155 dropped', '155 refused', '690 direct']], target)
  const ranged = nat('SNAT --to-source 10.244.0.5:30000-59999 --random')
  t.same(ways({ nat: ranged, filter }), [true, ['333 direct', '333 dropped', '333 refused']])
  t.same(
    ways({ nat: nat('SNAT --to-source 10.244.0.5:30000-59999'), filter }),
    [false, []],
    'one that is in the range is kept',
  )
  t.same(ways({ nat: nat('MASQUERADE'), filter }), [false, []])
  t.same(ways({ nat: nat('MASQUERADE --random'), filter: input('--sport 1024:65535 -j DROP') }), [false, []])
})

t.test('what else is not known is no chance, nor what another draw decides', async (t) => {
  const nat = ['-A POSTROUTING -p tcp -j MASQUERADE --random']
  t.same(ways({ nat, filter: input('--sport 30000:39999 -m recent --set -j DROP') }), [false, []])
  t.same(
    ways({ nat, filter: input(`-m multiport --sports ${[1, 3, 5, 7, 9].map((each) => each * 2000).join()} -j DROP`) }),
    [true, ['0 dropped', '1000 direct']],
  )
})

t.test('a port of the pod that the kernel draws is each of its range', async (t) => {
  const nat = ['-A OUTPUT -p tcp -j REDIRECT --to-ports 80-83 --random']
  t.same(ways({ nat }, tcpTo('203.0.113.10', 80)), [true, ['250 translated', '750 refused']])
  const many = ['-A OUTPUT -p tcp -j REDIRECT --to-ports 80-8000 --random']
  t.same(ways({ nat: many }, tcpTo('203.0.113.10', 80)), [true, []], 'too many to be followed')
})
