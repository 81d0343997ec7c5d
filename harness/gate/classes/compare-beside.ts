import type { Made } from '../compared/ask.ts'
import type { BackendPair, Sides } from '../compared/sides.ts'
import type { Topology } from '../compared/topology.ts'
import { type Compared, nothing, type Told } from './compare.ts'
import { chosenOf } from './differences.ts'
import { type Tracked, trackedApart } from './tracked.ts'
import type { Witness } from './witness.ts'
import { worldsOf } from './worlds-of.ts'

/** What has been compared already, by the classes that were looked at. */
export type KnownBeside = Map<readonly Tracked[], readonly Witness[]>

/**
 * Compares the rules of two sides beside those of another program, which lets in or out what connection tracking takes
 * for an answer: only classes are looked at that are tracked otherwise, and flows of which the model could not tell.
 * @param made with the other rules. @param pair compared without them.
 */
export function compareBeside(
  made: Sides<Made>,
  { compared, tracked, backends, topology }: Told & { backends: BackendPair; topology: Topology },
  known: KnownBeside,
  turn: { at: number; of: number },
): Compared {
  let apart = known.get(tracked)
  if (apart === undefined) {
    const worlds = worldsOf(made, backends, topology.addresses)
    if ('unread' in worlds) return { ...nothing, unread: worlds.unread }
    apart = trackedApart(tracked, worlds)
    known.set(tracked, apart)
  }
  const unjudged = compared.witnesses.filter(({ why }) => why === 'unjudged')
  const { sent, held } = chosenOf([...apart, ...unjudged], turn)
  return { ...nothing, witnesses: sent, held, classes: tracked.length }
}
