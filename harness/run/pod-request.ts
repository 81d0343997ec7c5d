import { families } from '../core/address.ts'
import { findMesh } from '../mesh/index.ts'
import type { ProfileRequest } from '../mesh/mesh.ts'
import type { Credentials } from '../flow/identity.ts'
import type { Profile } from '../mesh/profile.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { PodJob } from './pod-job.ts'
import { Surroundings } from './surroundings.ts'

/** What a mesh is asked for a scenario's pod: its config, and all of the pod's addresses, primary first. */
export function podRequest(scenario: Scenario, surroundings = new Surroundings(scenario)): ProfileRequest {
  const { rules } = scenario
  const { config, podAnnotations } = rules.kind === 'config' ? rules : { config: {}, podAnnotations: {} }
  return { config, podAnnotations, podIPs: families.map((family) => surroundings.pod('eth0', family)) }
}

/**
 * A mesh's promise for a pod.
 * @param general its promise for an empty config: what is left where the config is none of the mesh's, which is told elsewhere.
 */
export function podProfile(general: Profile, request: ProfileRequest): Profile {
  try {
    return findMesh(general.mesh).profile(general.release, request)
  } catch {
    return general
  }
}

/** What the proxy of a job's pod runs as: what its rules are made for, where their source is of a mesh. */
export function proxyOf({ scenario, profile, source }: Pick<PodJob, 'scenario' | 'profile' | 'source'>): Credentials {
  return source.profile === undefined ? profile.proxy : podProfile(source.profile, podRequest(scenario)).proxy
}
