import { type World, worldOf } from '../../classes/space/world.ts'
import { loadPodRules } from '../../run/predict/loaded-rules.ts'
import { planWitnesses } from '../../run/witnesses/plan-witnesses.ts'
import type { Made } from '../compared/ask.ts'
import { type BackendPair, onSides, type Sides } from '../compared/sides.ts'
import type { Topology } from '../compared/topology.ts'

/** What the kernel executes of either side's rules in one pod; why not, where the model cannot read those of a side. */
export function worldsOf(
  made: Sides<Made>,
  backends: BackendPair,
  addresses: Topology['addresses'],
): readonly [World, World] | { unread: string[] } {
  const { baseline, candidate } = onSides((side): World | { unread: string } => {
    const question = {
      flows: [],
      worlds: [made.baseline.texts, made.candidate.texts],
      profile: made[side].profile,
      addresses,
      backend: backends[side],
    }
    const plan = planWitnesses(question).worlds[side === 'baseline' ? 0 : 1]
    if (plan === undefined) throw new Error('a plan for two worlds')
    const loaded = loadPodRules(plan, { ok: true })
    return 'unread' in loaded ? loaded : worldOf(loaded.rulesets, plan.pod, loaded.routing)
  })
  if ('unread' in baseline || 'unread' in candidate)
    return { unread: [baseline, candidate].flatMap((world) => ('unread' in world ? [world.unread] : [])) }
  return [baseline, candidate]
}
