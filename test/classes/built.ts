import { families } from '../../harness/core/address.ts'
import { type World, worldOf } from '../../harness/classes/space/world.ts'
import type { PodPlan } from '../../harness/flow/pod-plan.ts'
import { findBuilder } from '../../harness/mesh/index.ts'
import { loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { routingBeside } from '../../harness/run/plan/policy-routing.ts'
import { builtinSource } from '../../harness/source/kinds/builtin.ts'

/** The rules that a built-in builder makes of a config, in a pod with one interface. */
export async function builtWorld(name: string, release: string, config: Record<string, unknown> = {}): Promise<World> {
  const mesh = findBuilder(name)
  const { links } = PodAddresses.of({ interfaces: [], inner: false, services: [], closed: [] })
  const request = { config, podAnnotations: {}, podIPs: ['10.244.0.5', 'fd00:10::5'] }
  const profile = mesh.profile(release, request)
  const source = builtinSource(`${name}@${release}`, mesh, release)
  const asked = families.filter((family) => profile.families.includes(family))
  const texts = await Promise.all(
    asked.map((family) => source.rules({ schema: 'sidetrack.config/1', mesh: name, ...request, family })),
  )
  const rules = texts.flatMap((text) => text ?? [])
  const { loopbackAddresses, ...routing } = routingBeside(rules, profile.beside)
  const { proxy: credentials, listeners, dialsOn } = profile
  const pod: PodPlan = {
    links,
    loopback: loopbackAddresses,
    backend: 'nft',
    proxy: {
      credentials,
      state: 'up',
      families: profile.families,
      listeners,
      dialsOn,
      services: [],
      dialPorts: { ranges: [{ first: 33_000, last: 34_000 }], representative: { first: 33_000, last: 34_000 } },
    },
    apps: [],
    peers: links.map((link) => ({ interface: link.name, tcp: [], udp: [] })),
    closed: [],
  }
  const loaded = loadPodRules({ rules, pod, routing }, 'none')
  if ('unread' in loaded) throw new Error(loaded.unread)
  return worldOf(loaded.rulesets, pod, routing)
}
