import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Observed } from '../../flow/verdict.ts'
import type { Answers, Witnessed } from '../../run/witnesses/witness-pod.ts'
import { behaviourOf, describeBehaviour, effectOf } from '../changes/behaviour.ts'
import { causeOf } from '../changes/cause.ts'
import type { Change, GateError, Outcome } from '../changes/change.ts'
import { portOf, type Witness } from '../classes/witness.ts'
import type { Beside } from '../compared/beside.ts'
import type { Coverage } from '../classes/coverage.ts'
import { askedAs, describeSender, describeWitness, witnessId } from '../classes/describe-witness.ts'
import type { Pair } from './options.ts'
import { oddity } from '../classes/plainness.ts'
import { backendText, onSides, sideNames, type Sides } from '../compared/sides.ts'

/** Somebody listens on the port that the flow is to come from: nobody can send it here. */
const unsent = /cannot be sent from port|could not be sent: bind .*EADDRINUSE/

/** What the kernel does with a config's witnesses, where that is not the same on both sides. */
export function flowChanges(
  mesh: string,
  pair: Pair,
  witnesses: readonly Witness[],
  answers: Sides<Answers>,
  coverage: Coverage,
): FlowChanges {
  const changes: Change[] = []
  const errors: GateError[] = []
  const confirmed: Confirmed = new Map()
  const taken = new Set<string>()
  for (const [index, witness] of witnesses.entries()) {
    const found = onSides((side) => answers[side].flows[index])
    if (found.baseline === undefined || found.candidate === undefined) continue
    const both = { baseline: found.baseline, candidate: found.candidate }
    const change = compareWitness(mesh, pair, witness, both, answers)
    if (change !== undefined && 'fault' in change && unsent.test(change.reason)) {
      coverage.unsent += 1
      taken.add(portOf(witness))
      continue
    }
    coverage.flows += 1
    confirm(confirmed, witness, both, change)
    if (change === undefined && witness.why === 'apart') coverage.refuted += 1
    if (change === undefined) continue
    if ('fault' in change) errors.push(change)
    else changes.push(change)
  }
  return { changes, errors, confirmed, taken }
}

export interface FlowChanges {
  changes: Change[]
  errors: GateError[]
  confirmed: Confirmed
  /** From which ports nobody could send, as `portOf` has them. */
  taken: ReadonlySet<string>
}

/** A change by each difference whose flows all fared alike, and as the model says; undefined where one did not. */
export type Confirmed = Map<string, Change | undefined>

function confirm(
  confirmed: Confirmed,
  { difference }: Witness,
  found: Sides<Witnessed>,
  change: Change | GateError | undefined,
): void {
  if (difference === undefined) return
  const { way } = difference
  const first = confirmed.has(way) ? confirmed.get(way) : change
  const isSo =
    first !== undefined &&
    change !== undefined &&
    !('fault' in first || 'fault' in change) &&
    change.effect === first.effect &&
    sideNames.every((side) => found[side].isAsPredicted)
  confirmed.set(way, isSo ? first : undefined)
}

/** What several have confirmed together, such as those under other backends: nothing of which one saw otherwise. */
export function confirmedByAll(all: readonly Confirmed[]): Confirmed {
  const together: Confirmed = new Map()
  for (const confirmed of all)
    for (const [way, change] of confirmed) {
      const known = together.has(way) ? together.get(way) : change
      together.set(way, change && known)
    }
  return together
}

const again = { id: 'again', words: 'the rules applied twice' }

/** What the change of a witness has, whatever has changed. */
export function nameOfWitness(mesh: string, { config, backends, made, isAgain, beside }: Pair, flow: ConcreteFlow) {
  const { proxy } = made.baseline.profile
  const { family } = flow
  const own = witnessId(flow, proxy)
  const idOf = (name: string): string => `${mesh}/witness/${config.name}/${name}/${backendText(backends)}/${family}`
  const subject = describeWitness(flow, proxy)
  const named = { config, backends, family }
  const plain = idOf(own)
  const others: (Omit<Beside, 'rule'> & { rule?: string }) | undefined = isAgain ? again : beside
  if (others === undefined) return { ...named, id: plain, subject }
  const { id, words, rule } = others
  const under = { name: id, ...(rule !== undefined && { rule }), plain }
  return { ...named, id: idOf(`${id}-${own}`), under, subject: `${subject}, ${words}` }
}

function compareWitness(
  mesh: string,
  pair: Pair,
  { flow, range }: Witness,
  found: Sides<Witnessed>,
  answers: Sides<Answers>,
): Change | GateError | undefined {
  const { proxy } = pair.made.baseline.profile
  const named = nameOfWitness(mesh, pair, flow)
  const { id, subject, family } = named
  const failed = sideNames.find((side) => 'error' in found[side].result)
  if (failed !== undefined) {
    const { result } = found[failed]
    return 'error' in result
      ? { id, subject, fault: result.fault, reason: `on the ${failed}'s side: ${result.error}` }
      : undefined
  }
  const outcomes = onSides((side): Outcome => {
    const { result, decided } = found[side]
    if ('error' in result) throw new Error('an error has no outcome')
    return { observed: result.observed, decidedBy: decided }
  })
  const { baseline, candidate } = onSides((side) => outcomes[side].observed)
  if (behaviourOf(baseline) === behaviourOf(candidate)) return undefined
  const rulesets = onSides((side) => {
    const { loaded } = answers[side]
    return 'unread' in loaded ? undefined : loaded.rulesets[family]
  })
  return {
    ...named,
    effect: effectOf(baseline, candidate, flow.raw !== undefined),
    ...(range && { range }),
    ...beforeAndAfter({ baseline, candidate }),
    outcomes,
    flow: { sender: describeSender(flow, proxy), oddity: oddity(askedAs(flow, proxy), family) },
    cause: causeOf(outcomes, rulesets),
  }
}

/** Both in words; with the addresses on the way where nothing else differs. */
export function beforeAndAfter(seen: Sides<Observed>): { before: string; after: string } {
  const words = (isDetailed: boolean) => onSides((side) => describeBehaviour(seen[side], isDetailed))
  const short = words(false)
  const { baseline: before, candidate: after } = short.baseline === short.candidate ? words(true) : short
  return { before, after }
}
