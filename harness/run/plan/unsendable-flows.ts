import { inputIssues, type Issue } from '../../core/errors.ts'
import { type Unsendable, unsendable } from '../../flow/sendable.ts'
import type { PodJob } from '../checks/pod-job.ts'
import { hasFlow } from '../checks/planned.ts'
import { scenarioPod } from './scenario-pod.ts'

/**
 * Refuses flows that no kernel sends, or that have no single receiver, whatever the rules say.
 * @throws HarnessError (`input`) with a line for each, and its place.
 */
export function refuseUnsendable(jobs: readonly PodJob[]): void {
  const wrong = jobs.flatMap(wrongIn)
  if (wrong.length > 0) throw inputIssues(wrong)
}

function wrongIn({ scenario, profile, checks, source }: PodJob): Issue[] {
  const addresses = scenarioPod(scenario, source).withLoopback(profile.beside.loopbackAddresses)
  return checks.filter(hasFlow).flatMap(({ flow, credentials, family, location }) => {
    const { origin, protocol, source, transparent } = flow
    const destination = addresses.resolve(flow.destination, family)
    if (destination === undefined) return []
    const chosen = { ...(source && { source }), ...(transparent && { transparent }) }
    const wrong = unsendable({ credentials, origin, protocol, family, destination, ...chosen }, addresses.shape)
    return wrong === undefined ? [] : [{ ...location, ...inWords(wrong) }]
  })
}

function inWords({ end, why, hint }: Unsendable): Pick<Issue, 'what' | 'hint'> {
  return { what: `the ${end} ${why}`, ...(hint !== undefined && { hint }) }
}
