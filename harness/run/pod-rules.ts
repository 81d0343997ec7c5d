import { asHarnessError, HarnessError } from '../core/errors.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { PodJob } from './plan.ts'
import type { Surroundings } from './surroundings.ts'

/** Asks a pod's rules of their source, for each family that is captured. */
export function sourceRules({ scenario, profile, source }: PodJob, surroundings: Surroundings): Promise<RuleText | undefined>[] {
  const { rules, mesh } = scenario
  const { config, podAnnotations } = rules.kind === 'config' ? rules : { config: {}, podAnnotations: {} }
  return profile.families.map((family) => {
    const podIPs = [surroundings.pod('eth0', family)]
    return source.rules({ schema: 'sidetrack.config/1', mesh, config, podAnnotations, podIPs, family })
  })
}

/**
 * The rules of a pod.
 * @throws HarnessError; one that refuses a scenario's config has failed as a source (`rules`): the config is right for the promises
 * that are held.
 */
export async function podRules(job: PodJob, surroundings: Surroundings): Promise<RuleText[]> {
  try {
    return (await Promise.all(sourceRules(job, surroundings))).filter((text) => text !== undefined)
  } catch (thrown) {
    const error = asHarnessError(thrown)
    throw error.fault === 'input'
      ? new HarnessError('rules', error.message.startsWith(`${job.source.id}: `) ? error.message : `${job.source.id}: ${error.message}`, {
          cause: error,
          ...(error.hint && { hint: error.hint }),
        })
      : error
  }
}
