import { formatAddressPort, sameAddressPort } from '../core/address.ts'
import type { FlowPlan } from '../agent/protocol.ts'
import { type Expected, type Hop, isListener, isReceiver, type Observed, type Station } from '../flow/verdict.ts'
import { parseEndpoint } from '../scenario/endpoint-text.ts'
import type { Surroundings } from './surroundings.ts'

/** Holds what happened against what a scenario expects. @returns why it is not as expected, in one line, or undefined if it is. */
export function compare(expected: Expected, observed: Observed, plan: FlowPlan, surroundings: Surroundings): string | undefined {
  return (
    compareVerdict(expected, observed, plan, surroundings) ??
    compareJourney(expected, observed, plan, surroundings) ??
    compareConversation(observed, plan)
  )
}

function compareVerdict(expected: Expected, observed: Observed, plan: FlowPlan, surroundings: Surroundings): string | undefined {
  if (expected.verdict !== observed.verdict) return `expected ${nameOf(expected)}, but it was ${nameOf(observed)}`
  switch (expected.verdict) {
    case 'redirected':
    case 'captured':
      return mismatch('the listener', expected.listener, observed.listener)
    case 'direct': {
      const owner = surroundings.isInPod(plan.destination.address) ? 'app' : 'peer'
      return mismatch('whoever answers', expected.answeredBy ?? owner, observed.answeredBy)
    }
    case 'refused':
      return expected.refusedBy === undefined ? undefined : mismatch('whoever refuses', expected.refusedBy, observed.refusedBy)
    case 'translated': {
      const to = surroundings.resolve(parseEndpoint(expected.to, plan.protocol !== 'icmp'), plan.family)
      return mismatch(
        'where it is translated to',
        to && formatAddressPort(to),
        observed.translatedTo && formatAddressPort(observed.translatedTo),
      )
    }
    default:
      return undefined
  }
}

function nameOf({ verdict, ...rest }: Expected | Observed): string {
  const listener = 'listener' in rest && rest.listener !== undefined ? ` ${verdict === 'captured' ? 'by' : 'to'} ${rest.listener}` : ''
  return `${verdict}${listener}`
}

function mismatch(what: string, expected: string | undefined, observed: string | undefined): string | undefined {
  return expected === observed ? undefined : `${what} should be ${expected ?? 'nobody'}, but is ${observed ?? 'nobody'}`
}

function compareJourney(expected: Expected, observed: Observed, { destination }: FlowPlan, surroundings: Surroundings): string | undefined {
  if (expected.verdict !== 'redirected' && expected.verdict !== 'captured' && expected.verdict !== 'translated') return undefined
  const stations = observed.journey.map(({ at }) => at)
  const repeated = stations.find((station, index) => isListener(station) && stations.indexOf(station) !== index)
  if (repeated !== undefined) return `the ${repeated} listener got it twice`
  if (expected.then !== undefined)
    return sameStations(expected.then, stations.slice(1))
      ? undefined
      : `the journey should go on ${list(expected.then)}, but goes on ${list(stations.slice(1))}`
  const last = observed.journey.at(-1)
  if (last === undefined || expected.verdict !== 'redirected') return undefined
  return compareEnd(last, surroundings, destination)
}

/** The journey must end at whoever owns the original destination, or its service's endpoint. */
function compareEnd(last: Hop, surroundings: Surroundings, destination: FlowPlan['destination']): string | undefined {
  const endpoint = surroundings.endpointOf(destination)
  const owner = surroundings.isInPod(endpoint.address) ? 'app' : 'peer'
  if (last.at !== owner) return `the journey should end at the ${owner} that owns ${formatAddressPort(endpoint)}, but ends with ${last.at}`
  if (last.local === undefined) return `the journey ends at an unknown address`
  // The inbound hop always dials loopback, so in the pod the port says which application it is.
  const isThere = owner === 'app' ? last.local.port === endpoint.port : sameAddressPort(last.local, endpoint)
  return isThere ? undefined : `the journey should end at ${formatAddressPort(endpoint)}, but ends at ${formatAddressPort(last.local)}`
}

function sameStations(a: readonly Station[], b: readonly Station[]): boolean {
  return a.length === b.length && a.every((station, index) => station === b[index])
}

const list = (stations: readonly Station[]): string => (stations.length === 0 ? 'to nobody' : stations.join(' → '))

/** The two ends must have talked, and whoever spoke must be whom the witnesses saw. */
function compareConversation({ heard, journey, notes }: Observed, { conversation }: FlowPlan): string | undefined {
  if (conversation === undefined) return undefined
  const last = journey.at(-1)
  if (last === undefined || !isReceiver(last.at)) return undefined
  if (heard === undefined) return notes?.[0] ?? 'the two ends did not talk'
  return mismatch('whoever is heard', last.at, heard)
}
