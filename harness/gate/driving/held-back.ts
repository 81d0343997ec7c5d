import type { Change } from '../changes/change.ts'
import { type Chosen, chosenOf } from '../classes/differences.ts'
import { askedAs, describeSender } from '../classes/describe-witness.ts'
import { oddity } from '../classes/plainness.ts'
import { type Held, portOf } from '../classes/witness.ts'
import { beforeAndAfter, type Confirmed, nameOfWitness } from './flow-changes.ts'
import type { Pair } from './options.ts'

/** What becomes of witnesses for which others were sent. */
export interface HeldBack {
  /** Changes like those of others. */
  like: Change[]
  /** How many there are from a port that is taken. */
  unsent: number
  /** Those to be sent next, and those that they stand for. */
  next: Chosen
}

/**
 * Those whose difference is confirmed are changes as well. Where the kernel and the model differ over one, all of that
 * difference are sent; where it could only not be sent, since its port was taken, one from elsewhere is.
 * @param taken from which ports nobody could send (`portOf`).
 */
export function byConfirmed(
  mesh: string,
  { pair, held }: { pair: Pair; held: readonly Held[] },
  confirmed: Confirmed,
  taken: ReadonlySet<string>,
): HeldBack {
  const like: Change[] = []
  const doubtful: Held[] = []
  const untried: Held[] = []
  let unsent = 0
  for (const witness of held) {
    const { way } = witness.difference
    const change = confirmed.get(way)
    if (change !== undefined) like.push(likeChange(mesh, pair, witness, change))
    else if (taken.has(portOf(witness))) unsent += 1
    else (confirmed.has(way) ? doubtful : untried).push(witness)
  }
  const [chosen = { sent: [], held: [] }] = chosenOf(untried, 1)
  return { like, unsent, next: { sent: [...doubtful, ...chosen.sent], held: chosen.held } }
}

/** The change of a flow that is not sent, since others that differ in the same way fared as the model says. */
function likeChange(
  mesh: string,
  pair: Pair,
  { flow, range, difference }: Held,
  { id, effect, cause }: Change,
): Change {
  const { proxy } = pair.made.baseline.profile
  return {
    ...nameOfWitness(mesh, pair, flow),
    effect,
    ...beforeAndAfter(difference.predicted),
    cause,
    like: id,
    ...(range && { range }),
    flow: { sender: describeSender(flow, proxy), oddity: oddity(askedAs(flow, proxy), flow.family) },
  }
}
