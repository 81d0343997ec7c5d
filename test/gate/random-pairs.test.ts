import fc from 'fast-check'
import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import { families, type Family } from '../../harness/core/address.ts'
import { type Backend, backends } from '../../harness/flow/backend.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { behaviourOf, describeBehaviour } from '../../harness/gate/behaviour.ts'
import { classBudget } from '../../harness/gate/compare.ts'
import { gate } from '../../harness/gate/gate.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import type { RuleSource } from '../../harness/source/source.ts'
import { Driving } from '../../harness/gate/drive.ts'
import { topologyFor } from '../../harness/gate/topology.ts'
import { randomCase } from '../model/random.ts'
import { ruleText } from '../model/random-rules.ts'
import { randomRun } from '../random-run.ts'
import { openSandbox } from '../sandbox/open.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_GATE_CASES=500 node test/gate/random-pairs.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_GATE', 1)
const flowsInACase = cases > 1 ? 60 : 12

const sandbox = await openSandbox(t)
const profile = { ...findMesh('osm').profile('1.2'), families }
const config = { name: 'default', config: {}, podAnnotations: {} }

/** Two rulesets, the second one the first with one line left out as often as not, and flows. */
const pairs = (family: Family) =>
  fc
    .tuple(
      ruleText(family),
      fc.option(ruleText(family), { nil: undefined }),
      fc.nat(),
      fc.array(randomCase(family, flowsInACase), { minLength: 4, maxLength: 4 }),
    )
    .map(([before, other, at, sets]) => ({
      before: small(before),
      after: other ? small(other) : withoutLine(small(before), at),
      flows: sets.flatMap(({ flows }) => flows),
    }))

/** How many rules of nat a ruleset keeps: classes are many where rules are, and the ordinary test is to be quick. */
const mostRules = Number(process.env['SIDETRACK_GATE_RULES'] ?? 8)

/** The text's nat table alone, with its first rules. */
function small(text: RuleText): RuleText {
  if (text.form !== 'restore') throw new TypeError('random rules are payloads')
  const nat = text.payload.slice(0, text.payload.indexOf('COMMIT')).split('\n')
  const rules = nat.filter((line) => line.startsWith('-A'))
  const kept = new Set(rules.filter((_, index) => index % Math.max(1, Math.ceil(rules.length / mostRules)) === 0))
  const lines = nat.filter((line) => !line.startsWith('-A') || kept.has(line))
  return { ...text, payload: `${lines.join('\n')}COMMIT\n` }
}

function withoutLine(text: RuleText, at: number): RuleText {
  if (text.form !== 'restore') throw new TypeError('random rules are payloads')
  const lines = text.payload.split('\n')
  const rules = lines.flatMap((line, index) => (line.startsWith('-A') ? [index] : []))
  const gone = rules[at % Math.max(rules.length, 1)]
  return { ...text, payload: lines.filter((_, index) => index !== gone).join('\n') }
}

const source = (id: string, text: RuleText): RuleSource => ({
  id,
  kind: 'builder',
  text: async () => '',
  rules: async ({ family }) => (family === text.family ? text : undefined),
})

interface Pair {
  before: RuleText
  after: RuleText
  flows: readonly FlowPlan[]
}

/** Whether the gate says anything, and what the kernel does otherwise with random flows. */
async function compare(sandbox: Sandbox, backend: Backend, family: Family, { before, after, flows }: Pair) {
  const [baseline, candidate] = [source('before', before), source('after', after)].map((own) => ({
    source: own,
    profile: () => profile,
  }))
  if (baseline === undefined || candidate === undefined) throw new TypeError('two sources')
  const signal = new AbortController().signal
  const result = await gate({
    mesh: 'osm',
    sides: { baseline, candidate },
    configs: [config],
    backends: [{ baseline: backend, candidate: backend }],
    families: [family],
    sandbox: Promise.resolve(sandbox),
    jobs: 2,
    signal,
    budget: { ...classBudget, classes: 3000 },
  })
  const { addresses } = topologyFor([before, after])
  // Random flows know a pod of two interfaces and a bridge; those that this pod can send are sent.
  const own = addresses.own
  const sendable = flows.filter(({ origin, source: from, destination }) => {
    const isThere =
      origin.kind === 'pod' || (origin.kind === 'peer' && addresses.links.some(({ name }) => name === origin.interface))
    const isForPod = origin.kind !== 'peer' || own.includes(destination.address)
    return (
      isThere &&
      isForPod &&
      from?.port === undefined &&
      (from?.address === undefined || addresses.isInPod(from.address))
    )
  })
  const driving = new Driving()
  const ask = (text: RuleText) =>
    driving.ask({ flows: sendable, texts: [text], profile, addresses, backend, source: 'random' })
  const asked = [ask(before), ask(after)]
  await driving.run(sandbox, 2, signal)
  const [was, is] = await Promise.all(asked)
  const differences = sendable.flatMap((flow, index) => {
    const [one, two] = [was?.flows[index]?.result, is?.flows[index]?.result]
    if (one === undefined || two === undefined || 'error' in one || 'error' in two) return []
    if (behaviourOf(one.observed) === behaviourOf(two.observed)) return []
    return [
      `${JSON.stringify(flow)}: ${describeBehaviour(one.observed, true)} → ${describeBehaviour(two.observed, true)}`,
    ]
  })
  return { result, differences, sent: sendable.length }
}

for (const family of families) {
  t.test(
    `whenever the kernel does something else with a random ${family} flow, the gate has said so (seed ${seed})`,
    { timeout: 400_000 + cases * 20_000 },
    async (t) => {
      let [sent, apart, silent] = [0, 0, 0]
      const property = fc.asyncProperty(pairs(family), async (pair) => {
        for (const backend of cases > 1 ? backends : (['nft'] as const)) {
          const { result, differences, sent: own } = await compare(sandbox, backend, family, pair)
          sent += own
          if (differences.length > 0) apart += 1
          if (result.changes.length === 0) silent += 1
          if (differences.length > 0 && result.changes.length === 0)
            throw new Error(
              `${backend}: the gate was silent (${result.coverage.lines(0).join('; ')}): ${differences.slice(0, 3).join('\n')}`,
            )
        }
      })
      await fc.assert(property, { seed, numRuns: cases, endOnFailure: true })
      t.ok(sent > 10 * cases, `${sent} flows`)
      t.comment(`${apart} of ${2 * cases} pairs differ for a random flow, of ${silent} the gate says nothing`)
    },
  )
}
