import fc from 'fast-check'
import t from 'tap'
import { loadRules } from '../../harness/iptables/ruleset/load.ts'
import { lower } from '../../harness/iptables/ruleset/lower.ts'
import { Budget, mostTries } from '../../harness/model/packet/budget.ts'
import { turningPoints } from '../../harness/model/near-misses.ts'
import { predict } from '../../harness/model/predict.ts'
import { NetworkStack } from '../../harness/model/stack/network-stack.ts'
import type { Keeps } from '../../harness/model/rules/trail.ts'
import { given, nat, tcpTo } from './flows.ts'
import { podPlan } from './pod.ts'

const flow = tcpTo('203.0.113.10', 80)

/** How many rules have been tried since this file was loaded. */
let tried = 0
const tries = (): number => tried
const spend = Object.getOwnPropertyDescriptor(Budget.prototype, 'spend')?.value as () => void
Budget.prototype.spend = function (this: Budget): void {
  tried += 1
  spend.call(this)
}

function predicted(tables: Readonly<Record<string, readonly string[]>>, keeps: Keeps = 'all') {
  const plan = podPlan('nft', given(tables, flow))
  const { tree, failed } = loadRules(plan.rules, 'ipv4')
  if (failed !== undefined) throw failed
  const ruleset = lower(tree, plan.pod)
  const stack = new NetworkStack(plan.pod)
  return { stack, ruleset, prediction: predict(flow, { ipv4: ruleset, ipv6: ruleset }, stack, { keeps }) }
}

/** Chains that each jump to the next one so many times. */
const jumping = (depth: number, times: number): string[] => [
  ...Array.from({ length: depth }, (_, at) => `-N C${at}`),
  '-A OUTPUT -j C0',
  ...Array.from({ length: depth - 1 }, (_, at) =>
    Array.from({ length: times }, () => `-A C${at} -j C${at + 1}`),
  ).flat(),
]

t.test('chains that double the way with each of them have too many paths to follow', async (t) => {
  for (const [depth, times] of [
    [23, 2],
    [40, 3],
    [12, 15],
  ] as const) {
    const { prediction } = predicted({ filter: jumping(depth, times) })
    t.match(
      prediction,
      { unknown: /^there are too many paths to follow: \d+ rules have been tried$/ },
      `${depth} chains, ${times} jumps each`,
    )
    t.equal('unknown' in prediction && prediction.last?.steps.length, mostTries)
  }
  t.match(predicted({ filter: jumping(10, 2) }).prediction, { predicted: { verdict: 'direct' } }, 'and a few have not')
})

t.test('a long chain is tried once a packet, and what does not match is only kept for who wants it', async (t) => {
  const rules = Array.from({ length: 4000 }, (_, at) => `-A OUTPUT -p tcp -m tcp --dport ${10_000 + at} -j RETURN`)
  const all = nat(...rules, '-A OUTPUT -p tcp -j REDIRECT --to-ports 80')
  const steps = (keeps: Keeps) => predicted(all, keeps).prediction.attempts.map((dial) => dial.steps.length)
  t.same(steps('all'), [4001])
  t.same(steps('matched'), [1])
})

t.test('the search for near misses has an end, and says what it has left out', async (t) => {
  const near = (count: number) =>
    Array.from({ length: count }, (_, at) => `-A OUTPUT -p tcp -m tcp --dport ${10_000 + at} -j DROP`)
  const search = (count: number, most: number) => {
    const { stack, ruleset, prediction } = predicted({ filter: near(count) })
    const [dialled] = prediction.attempts
    if (dialled === undefined) throw new Error('no prediction')
    const { points, untried } = turningPoints(flow, ruleset, stack, dialled, most)
    return [points.length, untried]
  }
  t.same(search(30, 100), [30, 0])
  t.same(search(130, 100), [100, 30])
  const before = tries()
  const [found = 0, untried = 0] = search(4000, 4000)
  t.ok(tries() - before < 300_000, `${tries() - before} rules tried`)
  t.ok(found + untried === 4000 && untried > 2000, `${found} found, ${untried} not looked into`)
})

t.test('so has the search for the rule that decides', async (t) => {
  const chains = Array.from({ length: 400 }, (_, at) => `-N C${at}`)
  const each = chains.flatMap((_, at) => [
    `-A C${at} -p udp -j DROP`,
    `-A C${at} -p tcp -j RETURN`,
    `-A OUTPUT -j C${at}`,
  ])
  const before = tries()
  const { prediction } = predicted({ filter: [...chains, ...each] }, 'matched')
  t.match(prediction, { predicted: { verdict: 'direct' } })
  t.equal(prediction.attempts[0]?.deciding, undefined, 'each of them spares it nothing')
  t.ok(tries() - before < 300_000, `${tries() - before} rules tried`)
})

t.test('whatever the rules are, so many are tried at most and the model does not fail', async (t) => {
  const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']
  const rule = (chain: string, below: readonly string[]) =>
    fc
      .tuple(
        fc.constantFrom(
          '',
          '-p tcp',
          '-d 203.0.113.0/24',
          '-p tcp -m tcp --dport 81',
          '-m owner --uid-owner 1000',
          '-m recent --set',
        ),
        fc.constantFrom(
          ...below.flatMap((name) => [`-j ${name}`, `-j ${name}`, `-g ${name}`]),
          '-j RETURN',
          '-j NFLOG',
          '',
          '-j MARK --set-mark 1',
        ),
      )
      .map((parts) => ['-A', chain, ...parts].join(' ').trim())
  const table = fc
    .tuple(
      ...['OUTPUT', ...names].map((chain, at) =>
        fc.array(rule(chain, names.slice(at)), { minLength: 20, maxLength: 120, size: 'max' }),
      ),
    )
    .map((rules) => [...names.map((name) => `:${name} - [0:0]`), ...rules.flat()])
  fc.assert(
    fc.property(table, table, (filter, mangle) => {
      const { prediction } = predicted({ mangle, filter })
      const last = 'unknown' in prediction && prediction.last !== undefined ? [prediction.last] : []
      return [...prediction.attempts, ...last].every(({ steps }) => steps.length <= mostTries)
    }),
    { numRuns: 20, seed: 20_261_128 },
  )
  t.pass('20 rulesets of some thousand rules')
})
