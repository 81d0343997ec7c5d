import { asHarnessError, type HarnessError } from '../../core/errors.ts'
import type { Answers } from '../../run/witnesses/witness-pod.ts'
import type { Change, GateError } from '../changes/change.ts'
import type { Witness } from '../classes/witness.ts'
import type { Coverage } from '../classes/coverage.ts'
import { Driving } from './drive.ts'
import { flowChanges } from './flow-changes.ts'
import { byConfirmed, type HeldBack } from './held-back.ts'
import type { GateOptions, Pair } from './options.ts'
import { rejectionChange } from './rules-changes.ts'
import { backendText, onBothSides, onSides, type Sides } from '../compared/sides.ts'

/** Flows that a pair of rulesets is asked about, and those that they stand for. */
interface Asked {
  pair: Pair
  witnesses: readonly Witness[]
  held: readonly Witness[]
}

interface Found {
  changes: Change[]
  errors: GateError[]
}

/**
 * What the kernel does with every pair's witnesses, while others are still compared. Those that are held back are sent
 * where one of those that stand for them fared otherwise than the model says, or could not be sent.
 */
export async function drivePairs(pairs: AsyncIterable<Pair>, options: GateOptions, coverage: Coverage): Promise<Found> {
  const found: Found = { changes: [], errors: [] }
  /** Configs and backends with rules that are not loaded even once. */
  const rejected = new Set<string>()
  const { mesh } = options
  const results = await drive(firstOf(pairs), options, (asked, answers): Driven => {
    const refused = rejectionChange(mesh, asked.pair, answers)
    if (refused !== undefined) return { rejected: refused }
    const { confirmed, taken, ...own } = flowChanges(mesh, asked.pair, asked.witnesses, answers, coverage)
    return { ...own, ...byConfirmed(mesh, asked, confirmed, taken) }
  })
  for (const { pair, result } of results) {
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

/** What is made of the answers about some flows. */
type Driven = { rejected: Change | 'both' } | (Found & HeldBack)

async function* firstOf(pairs: AsyncIterable<Pair>): AsyncGenerator<Asked> {
  for await (const pair of pairs) yield { pair, witnesses: pair.compared.witnesses, held: pair.compared.held }
}

type Result = { pair: Pair; result: Driven | { skipped: HarnessError } }

/**
 * Asks the kernel, and makes something of each answer as it comes; what is then still to be sent is asked at once.
 * @returns what was made, in the order of the questions; or the error where this machine is too small for the rules.
 */
async function drive(
  asked: AsyncIterable<Asked>,
  { sides, sandbox, jobs, signal }: GateOptions,
  make: (asked: Asked, answers: Sides<Answers>) => Driven,
): Promise<Result[]> {
  const driving = new Driving(sandbox, jobs, signal)
  const askOnce = async (each: Asked): Promise<Result> => {
    const answers = onSides((side) => driving.ask(questionOf(each, side, sides)))
    try {
      return { pair: each.pair, result: make(each, await onBothSides((side) => answers[side])) }
    } catch (thrown) {
      const error = asHarnessError(thrown)
      if (error.skips) return { pair: each.pair, result: { skipped: error } }
      throw thrown
    }
  }
  const follow = async (first: Asked): Promise<Result[]> => {
    const results: Result[] = []
    for (let next: Asked | undefined = first; next !== undefined; ) {
      const { pair, result } = await askOnce(next)
      results.push({ pair, result })
      next = 'next' in result && result.next.witnesses.length > 0 ? { pair, ...result.next } : undefined
    }
    return results
  }
  const made: Promise<Result[]>[] = []
  try {
    for await (const each of asked) {
      const own = follow(each)
      // It is awaited once all are asked.
      own.catch(() => {})
      made.push(own)
    }
    return (await Promise.all(made)).flat()
  } finally {
    // The sandbox is left behind them, also where something has failed.
    await driving.left()
  }
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
