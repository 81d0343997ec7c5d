import pLimit from 'p-limit'
import { type Family, families as allFamilies } from '../core/address.ts'
import { askedAgain, isAppliedAgain } from './compared/again.ts'
import { type Asked, askSide, isProgram } from './compared/ask.ts'
import { effects } from './changes/behaviour.ts'
import type { Change, GateError } from './changes/change.ts'
import { classBudget } from './classes/compare.ts'
import { Comparing } from './classes/comparing.ts'
import type { GateConfig } from './compared/config.ts'
import { Coverage } from './classes/coverage.ts'
import { drivePairs } from './driving/drive-pairs.ts'
import type { Alike, GateOptions } from './driving/options.ts'
import { Pairing } from './pairing.ts'
import { answerChanges } from './driving/rules-changes.ts'
import { onBothSides, sideNames, type Sides } from './compared/sides.ts'
import { suiteChanges } from './driving/suite.ts'

export interface GateResult {
  /** The worst first. */
  changes: Change[]
  errors: GateError[]
  coverage: Coverage
}

/**
 * Compares what two rule sources' rules do: asks both for each config, finds flows that the model tells apart, and has
 * the kernel decide.
 * @throws HarnessError where neither side is at fault, such as (`machine`) without a sandbox.
 */
export async function gate(options: GateOptions): Promise<GateResult> {
  const isWitnessed = options.witnesses !== false
  await using own = isWitnessed && options.comparing === undefined ? new Comparing() : undefined
  const comparing = isWitnessed ? (options.comparing ?? own) : undefined
  const { mesh, sides, configs, jobs, signal, budget = classBudget } = options
  const coverage = new Coverage(configs.length)
  const families = familiesOf(options)
  const limit = pLimit(Math.max(jobs, 4))
  const isTwice = isAppliedAgain(sides)
  coverage.isOnceOnly = !isTwice && sideNames.some((side) => isProgram(sides[side]))
  const pairing = new Pairing({ ...options, families, budget }, coverage, comparing)
  const asked = await Promise.all(
    configs.map((config) =>
      limit(async () => {
        const answers = await onBothSides((side) => askSide(sides[side], config, signal))
        const said = isTwice ? await askedAgain(sides, config, answers, signal) : 'unasked'
        coverage.again.count(said)
        const again = typeof said === 'string' || 'refused' in said ? undefined : said
        // While others are still asked, and all of them at once: a thread always has another one to go on with.
        return { config, answers, again, finish: pairing.begin({ config, answers, again }) }
      }),
    ),
  )
  const changes = asked.flatMap(({ config, answers, again }) => [
    ...answerChanges(mesh, config, answers, families),
    ...(again === undefined ? [] : answerChanges(mesh, config, again, [], true)),
  ])
  const suite = options.suite && suiteChanges(options.suite, options, coverage)
  suite?.catch(() => {})
  const errors: GateError[] = nothingMade(mesh, asked)
  async function* pairs(): AsyncGenerator<Alike> {
    for (const { finish } of asked) yield* await finish()
  }
  const driven = await drivePairs(pairs(), options, coverage)
  const ofSuite = (await suite) ?? { changes: [], errors: [] }
  return {
    changes: sorted([...changes, ...withoutRepeated(driven.changes), ...ofSuite.changes]),
    errors: [...errors, ...driven.errors, ...ofSuite.errors],
    coverage,
  }
}

/** Where neither side makes any rules at all, silence would say that nothing has changed. */
function nothingMade(mesh: string, asked: readonly { config: GateConfig; answers: Sides<Asked> }[]): GateError[] {
  const why = asked.map(({ config, answers: { baseline, candidate } }) =>
    'failed' in baseline && 'failed' in candidate ? { config, baseline, candidate } : undefined,
  )
  const [first] = why
  if (first === undefined || why.includes(undefined)) return []
  const { config, baseline, candidate } = first
  const id = `${mesh}/witness/all/builder/all/all`
  const reason = config.name === 'default' ? candidate.failed : `${config.name}: ${candidate.failed}`
  // What the mesh itself refuses on both sides is not a builder's fault.
  const fault = baseline.fault === 'input' && candidate.fault === 'input' ? 'input' : 'rules'
  return [{ id, subject: 'neither side makes rules for any config', fault, reason }]
}

/** Which families are compared: of one that a captured text does not speak of nothing is known. */
export function familiesOf({
  sides,
  families = allFamilies,
}: Pick<GateOptions, 'sides' | 'families'>): readonly Family[] {
  return families.filter((family) =>
    [sides.baseline, sides.candidate].every(
      ({ source: { capture } }) => capture === undefined || capture.families.includes(family),
    ),
  )
}

/** What a flow does that it does where the rules stand once and alone as well is told once. */
function withoutRepeated(changes: readonly Change[]): Change[] {
  const known = new Set(changes.map(({ id, before, after }) => [id, before, after].join('\n')))
  return changes.filter(({ under, before, after }) => !known.has([under?.plain, before, after].join('\n')))
}

const sorted = (changes: readonly Change[]): Change[] =>
  changes.toSorted((a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect) || (a.id < b.id ? -1 : 1))
