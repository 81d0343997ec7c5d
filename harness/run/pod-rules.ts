import { families } from '../core/address.ts'
import { asHarnessError, HarnessError } from '../core/errors.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { PodJob } from './plan.ts'
import { refuseSharedState } from './shared-state.ts'
import type { Surroundings } from './surroundings.ts'

/** Asks a pod's rules of their source. A builder is asked for what its mesh captures; a text may hold rules of any family. */
export function sourceRules({ scenario, profile, source }: PodJob, surroundings: Surroundings): Promise<RuleText | undefined>[] {
  const { rules, mesh } = scenario
  const { config, podAnnotations } = rules.kind === 'config' ? rules : { config: {}, podAnnotations: {} }
  return (source.kind === 'fixed' ? families : profile.families).map((family) => {
    const podIPs = [surroundings.pod('eth0', family)]
    return source.rules({ schema: 'sidetrack.config/1', mesh, config, podAnnotations, podIPs, family })
  })
}

/**
 * The rules of a pod.
 * @throws HarnessError; one that refuses a scenario's config has failed as a source (`rules`): the config is right for the promises
 * that are held. One that holds a target which is felt outside the pod is invalid (`input`).
 */
export async function podRules(job: PodJob, surroundings: Surroundings): Promise<RuleText[]> {
  const asked = await answersOf(sourceRules(job, surroundings), job.source)
  refuseSharedState(asked, job.source.id)
  return asked
}

async function answersOf(texts: readonly Promise<RuleText | undefined>[], { id }: PodJob['source']): Promise<RuleText[]> {
  try {
    return (await Promise.all(texts)).filter((text) => text !== undefined)
  } catch (thrown) {
    const error = asHarnessError(thrown)
    if (error.fault !== 'input') throw error
    const message = error.message.startsWith(`${id}: `) ? error.message : `${id}: ${error.message}`
    throw new HarnessError('rules', message, { cause: error, ...(error.hint && { hint: error.hint }) })
  }
}
