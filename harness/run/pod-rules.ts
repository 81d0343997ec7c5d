import { families } from '../core/address.ts'
import { asHarnessError, HarnessError } from '../core/errors.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { PodJob } from './plan.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Asks a pod's rules of their source.
 * @param signal ends a builder that is at work.
 * @throws the signal's reason; HarnessError; one that refuses a scenario's config has failed as a source (`rules`): the config is right for the promises
 * that are held.
 */
export async function podRules(
  { scenario, profile, source }: PodJob,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<RuleText[]> {
  const { rules, mesh } = scenario
  const { config, podAnnotations } = rules.kind === 'config' ? rules : { config: {}, podAnnotations: {} }
  // A builder is asked for what its mesh captures; a text may hold rules of any family.
  const texts = (source.kind === 'fixed' ? families : profile.families).map((family) => {
    const podIPs = [surroundings.pod('eth0', family)]
    return source.rules({ schema: 'sidetrack.config/1', mesh, config, podAnnotations, podIPs, family }, signal)
  })
  try {
    return (await Promise.all(texts)).filter((text) => text !== undefined)
  } catch (thrown) {
    signal?.throwIfAborted()
    const error = asHarnessError(thrown)
    throw error.fault === 'input'
      ? new HarnessError('rules', error.message.startsWith(`${source.id}: `) ? error.message : `${source.id}: ${error.message}`, {
          cause: error,
          ...(error.hint && { hint: error.hint }),
        })
      : error
  }
}
