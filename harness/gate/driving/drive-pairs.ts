import { asHarnessError, type HarnessError } from '../../core/errors.ts'
import type { Answers } from '../../run/witnesses/witness-pod.ts'
import type { Change, GateError } from '../changes/change.ts'
import type { Witness } from '../classes/witness.ts'
import type { Coverage } from '../classes/coverage.ts'
import { Driving } from './drive.ts'
import { type Confirmed, flowChanges, likeChange, portOf } from './flow-changes.ts'
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
 * What the kernel does with every pair's witnesses, while others are still compared. Those that are held back are sent
 * where one of those that stand for them fared otherwise than the model says.
 */
export async function drivePairs(pairs: AsyncIterable<Pair>, options: GateOptions, coverage: Coverage): Promise<Found> {
  const found: Found = { changes: [], errors: [] }
  /** Configs and backends with rules that are not loaded even once. */
  const rejected = new Set<string>()
  const more: Asked[] = []
  const { mesh } = options
  const first = drive(firstOf(pairs), options, (asked, answers) => {
    const rejected = rejectionChange(mesh, asked.pair, answers)
    if (rejected !== undefined) return { rejected }
    const { confirmed, taken, ...own } = flowChanges(mesh, asked.pair, asked.witnesses, answers, coverage)
    const { like, left } = byConfirmed(mesh, asked.pair, confirmed)
    const { free = [], unsent = [] } = Object.groupBy(left, (each) => (taken.has(portOf(each)) ? 'unsent' : 'free'))
    coverage.unsent += unsent.length
    return { ...own, like, left: free }
  })
  for (const { pair, result } of await first) {
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
      const { changes, errors, like, left } = result
      coverage.held += like.length
      found.changes.push(...changes, ...like)
      found.errors.push(...errors)
      if (left.length > 0) more.push({ pair, witnesses: left })
    }
  }
  const second = drive(more, options, ({ pair, witnesses }, answers) =>
    flowChanges(mesh, pair, witnesses, answers, coverage),
  )
  for (const { result } of await second) {
    if ('skipped' in result) continue
    found.changes.push(...result.changes)
    found.errors.push(...result.errors)
  }
  return found
}

async function* firstOf(pairs: AsyncIterable<Pair>): AsyncGenerator<Asked> {
  for await (const pair of pairs) yield { pair, witnesses: pair.compared.witnesses }
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

/**
 * Asks the kernel, and makes something of each answer as it comes.
 * @returns what was made, in the order of the questions; or the error where this machine is too small for the rules.
 */
async function drive<T extends object>(
  asked: AsyncIterable<Asked> | Iterable<Asked>,
  { sides, sandbox, jobs, signal }: GateOptions,
  make: (asked: Asked, answers: Sides<Answers>) => T,
): Promise<(Asked & { result: T | { skipped: HarnessError } })[]> {
  const driving = new Driving(sandbox, jobs, signal)
  const made: Promise<Asked & { result: T | { skipped: HarnessError } }>[] = []
  for await (const each of asked) {
    const answers = onSides((side) => driving.ask(questionOf(each, side, sides)))
    const result = onBothSides((side) => answers[side]).then(
      (both) => make(each, both),
      (thrown) => {
        const error = asHarnessError(thrown)
        if (error.skips) return { skipped: error }
        throw thrown
      },
    )
    const own = result.then((result) => ({ ...each, result }))
    // It is awaited once all are asked.
    own.catch(() => {})
    made.push(own)
  }
  await driving.finish()
  return Promise.all(made)
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
