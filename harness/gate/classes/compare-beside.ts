import type { Made } from '../compared/ask.ts'
import type { BackendPair, Sides } from '../compared/sides.ts'
import type { Topology } from '../compared/topology.ts'
import { type Compared, nothing, type Told } from './compare.ts'
import { type Tracked, trackedApart } from './tracked.ts'
import { worldsOf } from './worlds-of.ts'

/** What has been compared already, by the classes that were looked at. */
export type KnownBeside = Map<readonly Tracked[], Compared>

/**
 * Compares the rules of two sides beside those of another program, which lets in or out what connection tracking takes
 * for an answer: only classes are looked at that are tracked otherwise, and flows of which the model could not tell.
 * @param made with the other rules. @param pair compared without them.
 */
export function compareBeside(
  made: Sides<Made>,
  { compared, tracked, backends, topology }: Told & { backends: BackendPair; topology: Topology },
  known: KnownBeside,
): Compared {
  const same = known.get(tracked)
  if (same !== undefined) return same
  const worlds = worldsOf(made, backends, topology.addresses)
  if ('unread' in worlds) return { ...nothing, unread: worlds.unread }
  const unjudged = compared.witnesses.filter(({ why }) => why === 'unjudged')
  const found = { ...nothing, witnesses: [...trackedApart(tracked, worlds), ...unjudged], classes: tracked.length }
  known.set(tracked, found)
  return found
}
