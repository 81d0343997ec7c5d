import type { Change } from '../changes/change.ts'
import { chosenOf } from '../classes/differences.ts'
import { askedAs, describeSender } from '../classes/describe-witness.ts'
import { oddity } from '../classes/plainness.ts'
import { portOf, type Witness } from '../classes/witness.ts'
import { beforeAndAfter, type Confirmed, nameOfWitness } from './flow-changes.ts'
import type { Pair } from './options.ts'

/** What becomes of witnesses for which others were sent. */
export interface HeldBack {
  /** Changes like those of others. */
  like: Change[]
  /** How many there are from a port that is taken. */
  unsent: number
  /** Those to be sent next, and those that they stand for. */
  next: { witnesses: Witness[]; held: Witness[] }
}

/**
 * Those whose difference is confirmed are changes as well. Where the kernel and the model differ over one, all of that
 * difference are sent; where it could only not be sent, since its port was taken, one from elsewhere is.
 * @param taken from which ports nobody could send (`portOf`).
 */
export function byConfirmed(
  mesh: string,
  { pair, held }: { pair: Pair; held: readonly Witness[] },
  confirmed: Confirmed,
  taken: ReadonlySet<string>,
): HeldBack {
  const like: Change[] = []
  const doubtful: Witness[] = []
  const untried: Witness[] = []
  let unsent = 0
  for (const witness of held) {
    const { difference = '' } = witness
    const change = confirmed.get(difference)
    if (change !== undefined) like.push(likeChange(mesh, pair, witness, change))
    else if (taken.has(portOf(witness))) unsent += 1
    else (confirmed.has(difference) ? doubtful : untried).push(witness)
  }
  const chosen = chosenOf(untried)
  return { like, unsent, next: { witnesses: [...doubtful, ...chosen.sent], held: chosen.held } }
}

/** The change of a flow that is not sent, since others that differ in the same way fared as the model says. */
function likeChange(
  mesh: string,
  pair: Pair,
  { flow, range, predicted }: Witness,
  { id, effect, cause, ...told }: Change,
): Change {
  const { proxy } = pair.made.baseline.profile
  return {
    ...nameOfWitness(mesh, pair, flow),
    effect,
    ...(predicted === undefined ? { before: told.before, after: told.after } : beforeAndAfter(predicted)),
    cause,
    like: id,
    ...(range && { range }),
    flow: { sender: describeSender(flow, proxy), oddity: oddity(askedAs(flow, proxy), flow.family) },
  }
}
