import { asHarnessError, type HarnessError } from '../../core/errors.ts'
import type { Answers } from '../../run/witnesses/witness-pod.ts'
import type { Change, GateError } from '../changes/change.ts'
import { type Chosen, chosenOf } from '../classes/differences.ts'
import type { Coverage } from '../classes/coverage.ts'
import { Driving } from './drive.ts'
import { confirmedByAll, type FlowChanges, flowChanges } from './flow-changes.ts'
import { byConfirmed, type HeldBack } from './held-back.ts'
import type { Alike, GateOptions, Pair } from './options.ts'
import { rejectionChange } from './rules-changes.ts'
import { backendText, onBothSides, onSides, type Sides } from '../compared/sides.ts'

/** Flows that a pair of rulesets is asked about, and those that they stand for. */
interface Asked extends Chosen {
  pair: Pair
}

interface Found {
  changes: Change[]
  errors: GateError[]
}

/**
 * What the kernel does with every pair's witnesses, while others are still compared. Those that are held back are sent
 * where one of those that stand for them fared otherwise than the model says, or could not be sent.
 */
export async function drivePairs(all: AsyncIterable<Alike>, options: GateOptions, coverage: Coverage): Promise<Found> {
  const found: Found = { changes: [], errors: [] }
  /** Configs and backends with rules that are not loaded even once. */
  const rejected = new Set<string>()
  for (const { pair, result } of await drive(all, options, coverage)) {
    const once = `${pair.config.name} ${backendText(pair.backends)}`
    const name = [once, ...(pair.isAgain ? ['applied twice'] : []), ...(pair.beside ? [pair.beside.words] : [])].join(
      ' ',
    )
    if ('skipped' in result) coverage.skip(result.skipped.line, name)
    else if ('rejected' in result) {
      if ((pair.isAgain || pair.beside) && rejected.has(once)) continue
      rejected.add(once)
      if (result.rejected === 'both') coverage.rejected.push(name)
      else found.changes.push(result.rejected)
    } else {
      const { changes, errors, like, unsent } = result
      coverage.held += like.length
      coverage.unsent += unsent
      found.changes.push(...changes, ...like)
      found.errors.push(...errors)
    }
  }
  return found
}

/** What comes of a pair's flows: of those that were sent, and of those that they stand for. */
interface Result {
  pair: Pair
  result: { skipped: HarnessError } | { rejected: Change | 'both' } | (Found & HeldBack)
}

/**
 * Asks the kernel, and makes something of each answer as it comes; what is then still to be sent is asked at once.
 * @returns what was made, in the order of the questions; or the error where this machine is too small for the rules.
 */
async function drive(all: AsyncIterable<Alike>, options: GateOptions, coverage: Coverage): Promise<Result[]> {
  const driving = new Driving(options.sandbox, options.jobs, options.signal)
  const made: Promise<Result[]>[] = []
  let isFailed = false
  try {
    for await (const alike of all) {
      // Nobody waits until all are compared to hear that there is no sandbox.
      if (isFailed) break
      const own = ask(alike, driving, options, coverage)
      own.catch(() => {
        isFailed = true
      })
      made.push(own)
    }
    return (await Promise.all(made)).flat()
  } finally {
    // The sandbox is left behind them, also where something has failed.
    await driving.left()
  }
}

/** Asks all pairs that are alike, again until nothing is left to be sent. */
async function ask(
  { pairs, compared }: Alike,
  driving: Driving,
  { mesh, sides }: GateOptions,
  coverage: Coverage,
): Promise<Result[]> {
  const results: Result[] = []
  const chosen = chosenOf(compared.witnesses, pairs.length)
  let open = pairs.map((pair, at): Asked => ({ pair, ...(chosen[at] ?? { sent: [], held: [] }) }))
  while (open.length > 0) {
    const answered = await Promise.all(
      open.map(async (asked) => ({ asked, answers: await answersTo(asked, driving, sides) })),
    )
    const seen = answered.map(({ asked, answers }) => ({ asked, seen: seenOf(mesh, asked, answers, coverage) }))
    const confirmed = confirmedByAll(seen.flatMap((each) => ('confirmed' in each.seen ? [each.seen.confirmed] : [])))
    open = []
    for (const { asked, seen: own } of seen) {
      const { pair } = asked
      if (!('confirmed' in own)) {
        results.push({ pair, result: own })
        continue
      }
      const { changes, errors, taken } = own
      const heldBack = byConfirmed(mesh, asked, confirmed, taken)
      results.push({ pair, result: { changes, errors, ...heldBack } })
      if (heldBack.next.sent.length > 0) open.push({ pair, ...heldBack.next })
    }
  }
  return results
}

/** What both sides' kernels answer, or why this machine cannot say. */
async function answersTo(
  asked: Asked,
  driving: Driving,
  sides: GateOptions['sides'],
): Promise<Sides<Answers> | { skipped: HarnessError }> {
  const answers = onSides((side) => driving.ask(questionOf(asked, side, sides)))
  try {
    return await onBothSides((side) => answers[side])
  } catch (thrown) {
    const error = asHarnessError(thrown)
    if (error.skips) return { skipped: error }
    throw thrown
  }
}

function seenOf(
  mesh: string,
  { pair, sent }: Asked,
  answers: Sides<Answers> | { skipped: HarnessError },
  coverage: Coverage,
): { skipped: HarnessError } | { rejected: Change | 'both' } | FlowChanges {
  if ('skipped' in answers) return answers
  const rejected = rejectionChange(mesh, pair, answers)
  return rejected === undefined ? flowChanges(mesh, pair, sent, answers, coverage) : { rejected }
}

function questionOf({ pair, sent }: Asked, side: keyof Sides<unknown>, sides: GateOptions['sides']) {
  const { texts, profile } = pair.made[side]
  return {
    flows: sent.map(({ flow }) => flow),
    texts,
    profile,
    addresses: pair.topology.addresses,
    backend: pair.backends[side],
    source: sides[side].source.id,
  }
}
