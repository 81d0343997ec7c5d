import { asHarnessError } from '../../core/errors.ts'
import type { Answers } from '../../run/witnesses/witness-pod.ts'
import type { Change, GateError } from '../changes/change.ts'
import type { Witness } from '../classes/witness.ts'
import type { Coverage } from '../classes/coverage.ts'
import { Driving } from './drive.ts'
import { type Confirmed, flowChanges, likeChange } from './flow-changes.ts'
import type { GateOptions, Pair } from './options.ts'
import { rejectionChange } from './rules-changes.ts'
import { backendText, onBothSides, onSides, type Sides } from '../compared/sides.ts'

/** Flows that a pair of rulesets is asked about. */
interface Asked {
  pair: Pair
  witnesses: readonly Witness[]
}

interface Found {
  changes: Change[]
  errors: GateError[]
}

/**
 * What the kernel does with every pair's witnesses. Those that are held back are sent where one of those that stand for
 * them fared otherwise than the model says.
 */
export async function drivePairs(pairs: readonly Pair[], options: GateOptions, coverage: Coverage): Promise<Found> {
  const found: Found = { changes: [], errors: [] }
  const more: Asked[] = []
  const first = pairs.map((pair) => ({ pair, witnesses: pair.compared.witnesses }))
  for (const { pair, witnesses, answers } of await driven(first, options, coverage)) {
    const rejected = rejectionChange(options.mesh, pair, answers)
    if (rejected === 'both') coverage.rejected.push(`${pair.config.name} ${backendText(pair.backends)}`)
    else if (rejected !== undefined) found.changes.push(rejected)
    if (rejected !== undefined) continue
    const { changes, errors, confirmed } = flowChanges(options.mesh, pair, witnesses, answers, coverage)
    const { like, left } = byConfirmed(options.mesh, pair, confirmed)
    coverage.held += like.length
    found.changes.push(...changes, ...like)
    found.errors.push(...errors)
    if (left.length > 0) more.push({ pair, witnesses: left })
  }
  for (const { pair, witnesses, answers } of await driven(more, options, coverage)) {
    const { changes, errors } = flowChanges(options.mesh, pair, witnesses, answers, coverage)
    found.changes.push(...changes)
    found.errors.push(...errors)
  }
  return found
}

/** What is held back: changes like others, and what is still to be sent. */
function byConfirmed(mesh: string, pair: Pair, confirmed: Confirmed): { like: Change[]; left: Witness[] } {
  const like: Change[] = []
  const left: Witness[] = []
  for (const witness of pair.compared.held) {
    const { difference } = witness
    const change = difference === undefined ? undefined : confirmed.get(difference)
    if (change === undefined) left.push(witness)
    else like.push(likeChange(mesh, pair, witness, change))
  }
  return { like, left }
}

async function driven(
  asked: readonly Asked[],
  { sides, sandbox, jobs, signal }: GateOptions,
  coverage: Coverage,
): Promise<(Asked & { answers: Sides<Answers> })[]> {
  if (asked.length === 0) return []
  const driving = new Driving()
  const questions = asked.map((each) => ({
    ...each,
    answers: onSides((side) => driving.ask(questionOf(each, side, sides))),
  }))
  await driving.run(await sandbox, jobs, signal)
  const found = await Promise.all(
    questions.map(async ({ answers, ...each }) => {
      try {
        return [{ ...each, answers: await onBothSides((side) => answers[side]) }]
      } catch (thrown) {
        const error = asHarnessError(thrown)
        if (!error.skips) throw thrown
        coverage.skip(error.line, `${each.pair.config.name} ${backendText(each.pair.backends)}`)
        return []
      }
    }),
  )
  return found.flat()
}

function questionOf({ pair, witnesses }: Asked, side: keyof Sides<unknown>, sides: GateOptions['sides']) {
  const { texts, profile } = pair.made[side]
  return {
    flows: witnesses.map(({ flow }) => flow),
    texts,
    profile,
    addresses: pair.topology.addresses,
    backend: pair.backends[side],
    source: sides[side].source.id,
  }
}
