import { HarnessError } from '../core/errors.ts'
import { type Unsendable, unsendable } from '../flow/sendable.ts'
import type { PodJob } from './plan.ts'
import { hasFlow } from './pod-plan.ts'
import { Surroundings } from './surroundings.ts'

/** More than anybody mends at once. */
const mostTold = 100

/**
 * Refuses flows that no kernel sends, or that go to no one receiver, whatever the rules say.
 * @throws HarnessError (`input`) with a line for each, in its place.
 */
export function refuseUnsendable(jobs: readonly PodJob[]): void {
  const wrong = new Set(jobs.flatMap(wrongIn))
  if (wrong.size > 0) throw new HarnessError('input', [...wrong].slice(0, mostTold).join('\n'))
}

function wrongIn({ scenario, checks }: PodJob): string[] {
  const surroundings = new Surroundings(scenario)
  return checks.filter(hasFlow).flatMap(({ flow, credentials, family, location }) => {
    const { origin, protocol, source } = flow
    const destination = surroundings.resolve(flow.destination, family)
    if (destination === undefined) return []
    const wrong = unsendable({ credentials, origin, protocol, family, destination, ...(source && { source }) }, surroundings)
    return wrong === undefined ? [] : [`${location.file}:${location.line}: ${inWords(wrong)}`]
  })
}

const inWords = ({ end, why, hint }: Unsendable): string => `the ${end} ${why}${hint === undefined ? '' : `; ${hint}`}`
