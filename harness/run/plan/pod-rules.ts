import { type Family, families } from '../../core/address.ts'
import { asHarnessError, HarnessError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import type { PodJob } from '../checks/pod-job.ts'
import { currentAfter } from '../predict/loaded-as.ts'
import { requestOf } from './request.ts'
import { refuseSharedState } from './shared-state.ts'
import type { PodAddresses } from './pod-addresses.ts'

/**
 * Gets a pod's rules from their source. A builder makes them for the families that its mesh captures; a text may hold
 * any family.
 * @param signal stops a running builder.
 * @param current what stands in the pod already, as iptables-save prints it.
 */
export function sourceRules(
  { scenario, profile, source }: PodJob,
  addresses: PodAddresses,
  signal?: AbortSignal,
  current?: Readonly<Record<Family, string>>,
): Promise<RuleText | undefined>[] {
  const request = { schema: 'sidetrack.config/1' as const, mesh: scenario.mesh, ...requestOf(scenario, addresses) }
  return (source.kind === 'fixed' ? families : profile.families).map((family) =>
    source.rules({ ...request, family, ...(current && { current: current[family] }) }, signal),
  )
}

/**
 * The rules of a pod.
 * @param signal stops a running builder.
 * @throws the signal's reason; HarnessError: (`rules`) if a builder refuses the scenario's config, since that is valid
 * for the promises; (`input`) if a target acts outside the pod.
 */
export async function podRules(job: PodJob, addresses: PodAddresses, signal?: AbortSignal): Promise<RuleText[]> {
  return checked(job, await answersOf(sourceRules(job, addresses, signal), job.source, signal))
}

/**
 * The rules of each application after the first, where they are others: a program is told what stands in the pod by
 * then, and a built-in release that looks first has none.
 * @param present what is loaded up to the end of the first application.
 * @throws as `podRules` does.
 */
export async function furtherRules(
  job: PodJob,
  addresses: PodAddresses,
  present: readonly RuleText[],
  signal?: AbortSignal,
): Promise<RuleText[][]> {
  const { source, scenario, backend } = job
  if (source.looksFirst) return Array.from({ length: scenario.applyTimes - 1 }, () => [])
  if (source.kind !== 'builder' || source.profile !== undefined) return []
  const texts = present.filter((text) => (text.backend ?? backend) === backend)
  const further: RuleText[][] = []
  for (let application = 1; application < scenario.applyTimes; application += 1) {
    const current = currentAfter(texts)
    // What is refused stays refused: the first application ends the loading.
    if (current === undefined) return further
    const asked = await answersOf(sourceRules(job, addresses, signal, current), source, signal).catch((thrown) => {
      signal?.throwIfAborted()
      throw askedAgain(asHarnessError(thrown), application + 1)
    })
    further.push(checked(job, asked))
    texts.push(...asked)
  }
  return further
}

/** What is wrong with the answer for an application after the first. */
export function askedAgain(error: HarnessError, application: number): HarnessError {
  const why = `asked again for application ${application}, with \`current\``
  return new HarnessError(error.fault, `${error.message} (${why})`, {
    cause: error,
    ...(error.hint && { hint: error.hint }),
  })
}

function checked(job: PodJob, asked: RuleText[]): RuleText[] {
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
