import type { Coverage } from '../../harness/classes/flow-classes.ts'
import { type World, worldOf } from '../../harness/classes/space/world.ts'
import { families, type Family } from '../../harness/core/address.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { type Apart, classesCompared } from '../../harness/gate/classes/compare.ts'
import { topologyFor } from '../../harness/gate/compared/topology.ts'
import { findMesh } from '../../harness/mesh/index.ts'
import type { Profile } from '../../harness/mesh/profile.ts'
import { loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { planWitnesses } from '../../harness/run/witnesses/plan-witnesses.ts'

/** OSM's proxy, as if its rules were of both families. */
export const profile = { ...findMesh('osm').profile('1.2'), families }

export const restoreText = (family: Family, ...lines: readonly string[]): RuleText => ({
  form: 'restore',
  family,
  payload: lines.join('\n'),
})

/** Every class in which the two are apart, or of which the model cannot tell. */
export function* classesApart(...asked: Parameters<typeof classesCompared>): Generator<Apart, Coverage> {
  const found = classesCompared(...asked)
  for (;;) {
    const next = found.next()
    if (next.done) return next.value
    if (next.value !== undefined) yield next.value
  }
}

/** A pod with every interface that random rules name, and a bridge. */
export const { addresses } = topologyFor([
  restoreText('ipv4', '*filter', '-A OUTPUT -o eth0', '-A OUTPUT -o net1', '-A OUTPUT -o br0', 'COMMIT', ''),
])

/** @returns undefined for rules that cannot be read. */
export function worldIn(
  text: RuleText,
  backend: Backend = 'nft',
  pod = addresses,
  of: Profile = profile,
): World | undefined {
  const [plan] = planWitnesses({ flows: [], worlds: [[text]], profile: of, addresses: pod, backend }).worlds
  const loaded = plan && loadPodRules(plan, { ok: true })
  return plan === undefined || loaded === undefined || 'unread' in loaded
    ? undefined
    : worldOf(loaded.rulesets, plan.pod, loaded.routing)
}
