import type { Answers, Witnessed } from '../run/witnesses/witness-pod.ts'
import { behaviourOf, describeBehaviour, effectOf } from './behaviour.ts'
import { causeOf } from './cause.ts'
import type { Change, GateError, Outcome } from './change.ts'
import type { Witness } from './compare.ts'
import type { Coverage } from './coverage.ts'
import { askedAs, describeSender, describeWitness, witnessId } from './describe-witness.ts'
import type { Pair } from './options.ts'
import { oddity } from './plainness.ts'
import { backendText, onSides, sideNames, type Sides } from './sides.ts'

/** Somebody listens on the port that the flow is to come from: nobody can send it here. */
const unsent = /cannot be sent from port|could not be sent: bind .*EADDRINUSE/

/** What the kernel does with a config's witnesses, where that is not the same on both sides. */
export function flowChanges(
  mesh: string,
  pair: Pair,
  answers: Sides<Answers>,
  coverage: Coverage,
): { changes: Change[]; errors: GateError[] } {
  const changes: Change[] = []
  const errors: GateError[] = []
  for (const [index, witness] of pair.compared.witnesses.entries()) {
    const found = onSides((side) => answers[side].flows[index])
    if (found.baseline === undefined || found.candidate === undefined) continue
    coverage.flows += 1
    const change = compareWitness(
      mesh,
      pair,
      witness,
      { baseline: found.baseline, candidate: found.candidate },
      answers,
    )
    if (change === undefined && witness.why === 'apart') coverage.refuted += 1
    if (change === undefined) continue
    if ('fault' in change && unsent.test(change.reason)) coverage.unsent += 1
    else if ('fault' in change) errors.push(change)
    else changes.push(change)
  }
  return { changes, errors }
}

function compareWitness(
  mesh: string,
  { config, backends, made }: Pair,
  { flow, range }: Witness,
  found: Sides<Witnessed>,
  answers: Sides<Answers>,
): Change | GateError | undefined {
  const { proxy } = made.baseline.profile
  const { family } = flow
  const id = `${mesh}/witness/${config.name}/${witnessId(flow, proxy)}/${backendText(backends)}/${family}`
  const subject = describeWitness(flow, proxy)
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
    ...{ id, config, backends, family, subject },
    effect: effectOf(baseline, candidate),
    ...(range && { range }),
    ...beforeAndAfter(outcomes),
    outcomes,
    flow: { sender: describeSender(flow, proxy), oddity: oddity(askedAs(flow, proxy), family) },
    cause: causeOf(outcomes, rulesets),
  }
}

/** Both in words; with the addresses on the way where nothing else differs. */
export function beforeAndAfter(outcomes: Sides<Outcome>): { before: string; after: string } {
  const words = (isDetailed: boolean) => onSides((side) => describeBehaviour(outcomes[side].observed, isDetailed))
  const short = words(false)
  const { baseline: before, candidate: after } = short.baseline === short.candidate ? words(true) : short
  return { before, after }
}
