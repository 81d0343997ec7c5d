import { setImmediate as immediate } from 'node:timers/promises'
import pLimit from 'p-limit'
import { type Family, families as allFamilies } from '../core/address.ts'
import { askedAgain, isAppliedAgain } from './compared/again.ts'
import { firewalls, withBeside } from './compared/beside.ts'
import { compareBeside, type KnownBeside } from './classes/compare-beside.ts'
import { type Asked, askSide, isProgram, type Made } from './compared/ask.ts'
import { effects } from './changes/behaviour.ts'
import type { Change, GateError } from './changes/change.ts'
import { classBudget, compareRules, type Known, nothing } from './classes/compare.ts'
import type { GateConfig } from './compared/config.ts'
import { Coverage } from './classes/coverage.ts'
import { drivePairs } from './driving/drive-pairs.ts'
import type { GateOptions, Pair } from './driving/options.ts'
import { answerChanges } from './driving/rules-changes.ts'
import { type BackendPair, backendText, onBothSides, sideNames, type Sides } from './compared/sides.ts'
import { suiteChanges } from './driving/suite.ts'
import { topologyFor } from './compared/topology.ts'

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
  const { mesh, sides, configs, jobs, signal, budget = classBudget } = options
  const coverage = new Coverage(configs.length)
  const families = familiesOf(options)
  const limit = pLimit(Math.max(jobs, 4))
  const isTwice = isAppliedAgain(sides)
  coverage.isOnceOnly = !isTwice && sideNames.some((side) => isProgram(sides[side]))
  const asked = await Promise.all(
    configs.map((config) =>
      limit(async () => {
        const answers = await onBothSides((side) => askSide(sides[side], config, signal))
        const again = isTwice ? await askedAgain(sides, config, answers, signal) : 'unasked'
        coverage.again.count(again)
        return { config, answers, again: typeof again === 'string' || 'refused' in again ? undefined : again }
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
  async function* pairs(): AsyncGenerator<Pair> {
    for (const { config, answers, again } of asked) {
      const pairs = await pairsOf(config, answers, { ...options, families, budget }, coverage)
      yield* pairs
      yield* await pairsBeside(pairs, coverage)
      if (again !== undefined) yield* await pairsTwice(config, again, { ...options, families, budget }, coverage)
      // Now the user may interrupt.
      await immediate()
      signal.throwIfAborted()
    }
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
  return changes.filter(({ plain, before, after }) => !known.has([plain, before, after].join('\n')))
}

type PairOptions = Pick<GateOptions, 'backends' | 'witnesses'> & {
  families: readonly Family[]
  budget: typeof classBudget
}

/** A config's comparisons, one for each pair of backends; none where a side has no rules, or both have the same. */
async function pairsOf(
  config: GateConfig,
  { baseline, candidate }: Sides<Asked>,
  options: PairOptions,
  coverage: Coverage,
): Promise<Pair[]> {
  if ('failed' in baseline || 'failed' in candidate) {
    if ('failed' in baseline && 'failed' in candidate) {
      coverage.failing += 1
      coverage.whyFailing ??= candidate.failed
    } else coverage.oneSided += 1
    return []
  }
  const made = { baseline, candidate }
  const apart = options.backends.filter((pair) => baseline.key !== candidate.key || pair.baseline !== pair.candidate)
  if (apart.length === 0) coverage.same += 1
  return pairsAmong(apart, config, made, options, coverage)
}

/** The same where the rules are applied twice. */
async function pairsTwice(
  config: GateConfig,
  { baseline, candidate }: Sides<Asked>,
  options: PairOptions,
  coverage: Coverage,
): Promise<Pair[]> {
  if ('failed' in baseline || 'failed' in candidate) return []
  const pairs = await pairsAmong(options.backends, config, { baseline, candidate }, options, coverage)
  return pairs.map((pair) => ({ ...pair, isAgain: true }))
}

/** The same beside what other programs load, as far as that alone shows a difference. */
async function pairsBeside(pairs: readonly Pair[], coverage: Coverage): Promise<Pair[]> {
  if (!pairs.some(({ compared: { tracked } }) => tracked.length > 0)) return []
  coverage.beside += 1
  const found: Pair[] = []
  for (const beside of firewalls) {
    const known: KnownBeside = new Map()
    for (const [at, pair] of pairs.entries()) {
      const made = withBeside(pair.made, beside)
      const compared = await compareBeside(made, pair, known, { at, of: pairs.length })
      coverage.count(compared, pair.config, backendText(pair.backends))
      found.push({ ...pair, beside, made, compared })
    }
  }
  return found
}

async function pairsAmong(
  backends: readonly BackendPair[],
  config: GateConfig,
  made: Sides<Made>,
  { families, budget, witnesses = true }: PairOptions,
  coverage: Coverage,
): Promise<Pair[]> {
  if (backends.length === 0) return []
  const topology = topologyFor([...made.baseline.texts, ...made.candidate.texts], config.podIPs)
  coverage.missing(topology)
  const known: Known = []
  const pairs: Pair[] = []
  for (const [at, pair] of backends.entries()) {
    const turn = { at, of: backends.length }
    const compared = witnesses ? await compareRules(made, pair, topology, known, { families, budget, turn }) : nothing
    coverage.count(compared, config, backendText(pair))
    pairs.push({ config, made, topology, backends: pair, compared })
  }
  return pairs
}

const sorted = (changes: readonly Change[]): Change[] =>
  changes.toSorted((a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect) || (a.id < b.id ? -1 : 1))
