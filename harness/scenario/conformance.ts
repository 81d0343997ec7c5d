import { fileURLToPath } from 'node:url'
import { formatFlow } from '../flow/flow.ts'
import type { Profile } from '../mesh/profile.ts'
import { capture, spared } from './conformance/capture.ts'
import { dns } from './conformance/dns.ts'
import { exempt } from './conformance/exempt.ts'
import { loopback, loops, ownAddress } from './conformance/local.ts'
import { otherFamily, otherProtocols } from './conformance/other.ts'
import { loadingOf, topologyOf } from './from-input.ts'
import type { ExpectedFlow, Scenario } from './scenario.ts'

const location = { file: fileURLToPath(import.meta.url), line: 1 }

/** What the command line calls the set. */
export const conformanceName = 'conformance'

/** Whether a scenario of this file is one of the set, so that it is known by the set's name alone. */
export const isConformance = (file: string): boolean => file === location.file

/**
 * What any mesh's rules promise under an empty config, derived from its profile alone: capture both ways, whom it
 * spares, what it leaves alone and the neighbours of that, loopback, the pod's own address, loops, UDP, ICMP, the
 * family without rules, and DNS where there is one. A mesh's own scenarios say more.
 */
export function conformanceOf(profile: Profile): Scenario[] {
  const parts = [
    ...capture(profile),
    spared(profile),
    ...exempt(profile),
    loopback(profile),
    ...ownAddress(profile),
    ...loops(profile),
    otherProtocols(profile),
    ...otherFamily(profile),
    ...dns(profile),
  ]
  const { release } = profile
  const releases = release === '' ? {} : { from: release, to: release }
  return parts.flatMap(({ title, flows, services: served = [], families: own = profile.families }) => {
    const unique = new Map(
      flows.map(([flow, expected]): [string, ExpectedFlow] => [formatFlow(flow), { flow, expected, location }]),
    )
    if (unique.size === 0) return []
    const scenario: Scenario = {
      title,
      location,
      mesh: profile.mesh,
      rules: { kind: 'config', config: {}, podAnnotations: {} },
      ...loadingOf({}),
      ...topologyOf({ families: own }),
      releases,
      services: served,
      tags: ['conformance'],
      flows: [...unique.values()],
    }
    return [scenario]
  })
}
