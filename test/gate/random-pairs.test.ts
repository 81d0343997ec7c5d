import pLimit from 'p-limit'
import t from 'tap'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { families, type Family } from '../../harness/core/address.ts'
import { type Backend, backends } from '../../harness/flow/backend.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { behaviourOf, describeBehaviour } from '../../harness/gate/changes/behaviour.ts'
import { differingPart } from '../../harness/gate/classes/differing/differing-part.ts'
import { Driving } from '../../harness/gate/driving/drive.ts'
import { randomNumbers } from '../../harness/gate/compared/random.ts'
import type { Answers, Witnessed } from '../../harness/run/witnesses/witness-pod.ts'
import { randomRun } from '../helpers/random-run.ts'
import { openSandbox } from '../sandbox/open.ts'
import { randomFlows } from './random-flows.ts'
import { randomKin } from './random-rulesets.ts'
import { addresses, classesApart, profile, worldIn } from './worlds.ts'

/**
 * Random pairs of rulesets, and 200 random flows through both: whenever the kernel does something else with one of
 * them, the gate has a witness of that kind. A long one: `TAP_TIMEOUT=0 SIDETRACK_GATE_CASES=20000 node
 * test/gate/random-pairs.test.ts`. `SIDETRACK_GATE_RULES` says how many rules each has.
 */
const { cases, seed } = randomRun('SIDETRACK_GATE', 500)
const pairsAtOnce = 50
/** How often one side's rules are tried alone where the model has seen no difference. */
const draws = 12
/** While the classes of one are looked for, the flows of the others are under way. */
const batchesAtOnce = 3
const flowsOfAPair = 200
/** How many flows of one kind are tried alone where the model has seen no difference. */
const mostAlone = 8
const mostRules = Number(process.env['SIDETRACK_GATE_RULES'] ?? 8)

const sandbox = await openSandbox(t)
const budget = { milliseconds: 20_000, classes: 4000 }

const tally = { pairs: 0, rejected: 0, apart: 0, flows: 0, sent: 0, unsent: 0, unjudged: 0, chance: 0, beside: 0 }
const misses: string[] = []

async function batch(family: Family, backend: Backend, seed: number, count: number): Promise<void> {
  const dice = randomNumbers(seed)
  const { texts, pairs } = randomKin(
    family,
    seed,
    count,
    mostRules,
    dice,
    (text) => worldIn(text, backend) !== undefined,
  )
  const worlds = texts.map((text) => worldIn(text, backend))
  const readable = worlds.flatMap((world) => world ?? [])
  const flows = randomFlows(family, readable.slice(0, 2), addresses, flowsOfAPair, seed, dice)
  const ask = async (some: readonly RuleText[], flows: readonly ConcreteFlow[]): Promise<Answers[]> => {
    const driving = new Driving(Promise.resolve(sandbox), 2, new AbortController().signal)
    const asked = some.map((text) =>
      driving.ask({ flows, texts: [text], profile, addresses, backend, source: 'random' }),
    )
    const answers = await Promise.all(asked)
    await driving.left()
    return answers
  }
  const answers = await ask(texts, flows)
  tally.sent += texts.length * flows.length
  for (const [from, to, how] of pairs) {
    tally.pairs += 1
    const [before, after] = [answers[from], answers[to]]
    const [was, is] = [worlds[from], worlds[to]]
    if (!isLoaded(before) || !isLoaded(after) || was === undefined || is === undefined) {
      tally.rejected += 1
      continue
    }
    tally.unsent += before.flows.filter(({ result }) => 'error' in result).length
    const differing = differences(before, after)
    if (differing.length === 0) continue
    tally.apart += 1
    tally.flows += differing.length
    const kinds = Map.groupBy(differing, ({ flow }) => frameOf(flow))
    const whole = differingPart([was, is], spaceOf([was, is], { families: [family], segments: true }))
    for (const [frame, kind] of kinds) {
      const [first] = kind
      if (first === undefined) continue
      const own = whole.filter((box) => frameOf(box.frame) === frame)
      // Lone segments are kinds of flows where rules tell them from others: elsewhere, those others show it.
      const { raw: _, ...others } = first.flow
      const space = own.length > 0 ? own : whole.filter((box) => frameOf(box.frame) === frameOf(others))
      const said = classesApart([was, is], space, budget).next()
      if (!said.done && said.value.why === 'unjudged') tally.unjudged += 1
      if (!said.done || said.value.left.length > 0) continue
      const both = [texts[from], texts[to]] as [RuleText, RuleText]
      const found = await firstOf(kind.slice(0, mostAlone).flatMap(fromTheirPorts), async ({ flow }) => {
        // Where a rule draws by chance, one side's rules alone do one thing and another.
        const again = await ask(new Array<RuleText>(draws).fill(both[0]), [flow])
        const isDrawn = new Set(again.map((other) => behaviourAt(other, 0))).size > 1
        const isSeen = !isDrawn && isApart(await ask(both, [flow]))
        if (!isSeen) tally[isDrawn ? 'chance' : 'beside'] += 1
        return isSeen
      })
      if (found === undefined) continue
      misses.push(
        `${backend} ${family} seed ${seed} (${how}): ${found.text}\n--- before\n${payload(texts[from])}\n--- after\n${payload(texts[to])}`,
      )
    }
  }
}

const payload = (text: RuleText | undefined): string => (text?.form === 'restore' ? text.payload : '')

const isLoaded = (answers: Answers | undefined): answers is Answers =>
  answers !== undefined && (answers.applied === 'none' || answers.applied.ok)

const frameOf = ({ origin, protocol, raw = 0 }: Pick<Witnessed['flow'], 'origin' | 'protocol' | 'raw'>): string =>
  JSON.stringify([origin, protocol, raw])

function behaviourAt({ flows }: Answers, index: number): string | undefined {
  const result = flows[index]?.result
  return result !== undefined && 'observed' in result ? behaviourOf(result.observed) : undefined
}

function isApart(both: readonly Answers[]): boolean {
  const [was, is] = both.map((answers) => behaviourAt(answers, 0))
  return was === undefined || was !== is
}

async function firstOf<T>(list: readonly T[], holds: (one: T) => Promise<boolean>): Promise<T | undefined> {
  for (const one of list) if (await holds(one)) return one
  return undefined
}

/** A flow that two rulesets have done something else with, and the ports that it came from, one for each of them. */
interface Difference {
  flow: Witnessed['flow']
  ports: readonly number[]
  text: string
}

/**
 * The same alone from each of the ports: beside others a flow may meet what is theirs, such as a port that nat has
 * given to one of them, and where rules name nearly all ports it has another one in another pod.
 */
const fromTheirPorts = ({
  flow: { alone: _, ...flow },
  ports,
  text,
}: Difference): { flow: ConcreteFlow; text: string }[] =>
  flow.protocol === 'icmp'
    ? [{ flow, text }]
    : [...new Set(ports)].map((port) => ({ flow: { ...flow, source: { ...flow.source, port } }, text }))

function differences(before: Answers, after: Answers): Difference[] {
  return before.flows.flatMap(({ flow, result: one }, index) => {
    const is = after.flows[index]
    const two = is?.result
    if (is === undefined || two === undefined || 'error' in one || 'error' in two) return []
    if (behaviourOf(one.observed) === behaviourOf(two.observed)) return []
    const text = `${JSON.stringify(flow)}: ${describeBehaviour(one.observed, true)} → ${describeBehaviour(two.observed, true)}`
    return [{ flow, ports: [flow.source.port, is.flow.source.port], text }]
  })
}

t.test(
  `whenever the kernel does something else with a random flow, the gate has said so (seed ${seed})`,
  { timeout: 400_000 + cases * 5000 },
  async (t) => {
    const kinds = families.flatMap((family) => backends.map((backend) => [family, backend] as const))
    const limit = pLimit(batchesAtOnce)
    await Promise.all(
      Array.from({ length: Math.ceil(cases / pairsAtOnce) }, (_, turn) => {
        const [family, backend] = kinds[turn % kinds.length] ?? kinds[0] ?? (['ipv4', 'nft'] as const)
        const count = Math.min(pairsAtOnce, cases - turn * pairsAtOnce)
        return limit(() => batch(family, backend, seed + 1000 * turn, count))
      }),
    )
    t.same(misses, [])
    t.comment(JSON.stringify(tally))
    t.ok(tally.apart > tally.pairs / 10, `${tally.apart} of ${tally.pairs} pairs differ for a random flow`)
  },
)
