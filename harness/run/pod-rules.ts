import { families } from '../core/address.ts'
import { asHarnessError, HarnessError } from '../core/errors.ts'
import type { RuleText } from '../flow/ruleset.ts'
import type { PodJob } from './pod-job.ts'
import { requestOf } from './request.ts'
import { refuseSharedState } from './shared-state.ts'
import type { PodAddresses } from './pod-addresses.ts'

/**
 * Gets a pod's rules from their source. A builder makes them for the families that its mesh captures; a text may hold any family.
 * @param signal stops a running builder.
 */
export function sourceRules(
  { scenario, profile, source }: PodJob,
  addresses: PodAddresses,
  signal?: AbortSignal,
): Promise<RuleText | undefined>[] {
  const request = { schema: 'sidetrack.config/1' as const, mesh: scenario.mesh, ...requestOf(scenario, addresses) }
  return (source.kind === 'fixed' ? families : profile.families).map((family) => source.rules({ ...request, family }, signal))
}

/**
 * The rules of a pod.
 * @param signal stops a running builder.
 * @throws the signal's reason; HarnessError: (`rules`) if a builder refuses the scenario's config, since that is valid for the promises;
 * (`input`) if a target acts outside the pod.
 */
export async function podRules(job: PodJob, addresses: PodAddresses, signal?: AbortSignal): Promise<RuleText[]> {
  const asked = await answersOf(sourceRules(job, addresses, signal), job.source, signal)
  const { location } = job.scenario
  refuseSharedState(asked, job.source.id === 'scenario' ? `${location.file}:${location.line}` : job.source.id)
  return asked
}

async function answersOf(
  texts: readonly Promise<RuleText | undefined>[],
  { id }: PodJob['source'],
  signal: AbortSignal | undefined,
): Promise<RuleText[]> {
  try {
    return (await Promise.all(texts)).filter((text) => text !== undefined)
  } catch (thrown) {
    signal?.throwIfAborted()
    const error = asHarnessError(thrown)
    if (error.fault !== 'input') throw error
    const message = error.message.startsWith(`${id}: `) ? error.message : `${id}: ${error.message}`
    throw new HarnessError('rules', message, { cause: error, ...(error.hint && { hint: error.hint }) })
  }
}
