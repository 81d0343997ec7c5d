import { asHarnessError } from '../../core/errors.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { PodAddresses } from './pod-addresses.ts'

/**
 * What a scenario's rules are asked for with, whatever the family: its config, and all addresses of its pod, the
 * primary one first.
 */
export function requestOf(
  { rules }: Pick<Scenario, 'rules'>,
  { podIPs }: Pick<PodAddresses, 'podIPs'>,
): ProfileRequest {
  const { config = {}, podAnnotations = {} } = rules
  return { config, podAnnotations, podIPs }
}

/**
 * A promise under a config; where that is refused, the promise without one, since `inputProblems` tells what is wrong
 * with it.
 */
export function profileUnder(profile: (request?: ProfileRequest) => Profile, request: ProfileRequest): Profile {
  try {
    return profile(request)
  } catch (thrown) {
    if (asHarnessError(thrown).fault !== 'input') throw thrown
    return profile()
  }
}
