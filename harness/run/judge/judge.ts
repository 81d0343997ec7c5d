import { canonicalAddress, formatAddressPort, sameAddressPort } from '../../core/address.ts'
import type { FlowPlan } from '../../agent/protocol.ts'
import { type Expected, type Hop, isListener, isReceiver, type Observed, type Station } from '../../flow/verdict.ts'
import { parseEndpoint } from '../../scenario/endpoint-text.ts'
import { expectedJourney, firstDifference } from '../checks/expected-journey.ts'
import type { PodAddresses } from '../plan/pod-addresses.ts'

/** Where what happened parts from what a scenario expects. */
interface Mismatch {
  /** Why it is not as expected, in one line. */
  reason: string
  /** The step of the journey at which they part, from 0; it may be one that is missing. */
  at: number
}

/** Compares what happened with what a scenario expects. @returns undefined if it is as expected. */
export function judge(
  expected: Expected,
  observed: Observed,
  plan: FlowPlan,
  addresses: PodAddresses,
): Mismatch | undefined {
  return (
    judgeVerdict(expected, observed, plan, addresses) ??
    judgeJourney(expected, observed, plan, addresses) ??
    judgeAnswer(expected, observed) ??
    judgeConversation(observed, plan)
  )
}

/** The verdict is about the probe's own connection, the first step; only a loop may be met later. */
function judgeVerdict(
  expected: Expected,
  observed: Observed,
  plan: FlowPlan,
  addresses: PodAddresses,
): Mismatch | undefined {
  const reason = compareVerdict(expected, observed, plan, addresses)
  if (reason === undefined) return undefined
  const { verdict, journey } = observed
  return {
    reason,
    at: verdict === 'looped' ? (firstDifference(expectedJourney(expected, journey.length), journey) ?? 0) : 0,
  }
}

function compareVerdict(
  expected: Expected,
  observed: Observed,
  plan: FlowPlan,
  addresses: PodAddresses,
): string | undefined {
  if (expected.verdict !== observed.verdict) return `expected ${nameOf(expected)}, but it was ${nameOf(observed)}`
  switch (expected.verdict) {
    case 'redirected':
    case 'captured':
      return mismatch('the listener', expected.listener, observed.listener)
    case 'direct': {
      const owner = addresses.isInPod(plan.destination.address) ? 'app' : 'peer'
      return mismatch('whoever answers', expected.answeredBy ?? owner, observed.answeredBy)
    }
    case 'refused':
      return expected.refusedBy === undefined
        ? undefined
        : mismatch('whoever refuses', expected.refusedBy, observed.refusedBy)
    case 'translated': {
      const to = addresses.resolve(parseEndpoint(expected.to, plan.protocol !== 'icmp'), plan.family)
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
  const listener =
    'listener' in rest && rest.listener !== undefined ? ` ${verdict === 'captured' ? 'by' : 'to'} ${rest.listener}` : ''
  return `${verdict}${listener}`
}

function mismatch(what: string, expected: string | undefined, observed: string | undefined): string | undefined {
  return expected === observed ? undefined : `${what} should be ${expected ?? 'nobody'}, but is ${observed ?? 'nobody'}`
}

function judgeJourney(
  expected: Expected,
  { journey }: Observed,
  { destination }: FlowPlan,
  addresses: PodAddresses,
): Mismatch | undefined {
  if (expected.verdict === 'direct')
    return expected.source === undefined ? undefined : judgeSource(expected.source, journey)
  if (expected.verdict !== 'redirected' && expected.verdict !== 'captured' && expected.verdict !== 'translated')
    return undefined
  const stations = journey.map(({ at }) => at)
  const again = stations.findIndex((at, index) => isListener(at) && stations.indexOf(at) < index)
  if (again !== -1) return { reason: `the ${stations[again]} listener got it twice`, at: again }
  const seen = expected.source === undefined ? undefined : judgeSource(expected.source, journey)
  if (expected.then !== undefined) return judgeStations(expected.then, stations.slice(1)) ?? seen
  if (seen !== undefined) return seen
  const last = journey.at(-1)
  if (last === undefined || expected.verdict !== 'redirected') return undefined
  const reason = compareEnd(last, addresses, destination)
  return reason === undefined ? undefined : { reason, at: Math.max(journey.length - 1, 1) }
}

/** Whom the last receiver sees as its client. */
function judgeSource(expected: string, journey: readonly Hop[]): Mismatch | undefined {
  const wanted = expected === 'client' ? journey[0]?.from : canonicalAddress(expected)
  const last = journey.findLastIndex(({ from }) => from !== undefined)
  const reason = mismatch('whom the last receiver sees as its client', wanted, journey[last]?.from)
  return reason === undefined ? undefined : { reason, at: Math.max(last, 0) }
}

/** The stations after the first one, where the scenario names them. */
function judgeStations(expected: readonly Station[], stations: readonly Station[]): Mismatch | undefined {
  const length = Math.max(expected.length, stations.length)
  const at = Array.from({ length }, (_, index) => expected[index] === stations[index]).indexOf(false)
  if (at === -1) return undefined
  return { reason: `the journey should go on ${list(expected)}, but goes on ${list(stations)}`, at: at + 1 }
}

/** The journey must end at whoever owns the original destination, or its service's endpoint. */
function compareEnd(last: Hop, addresses: PodAddresses, destination: FlowPlan['destination']): string | undefined {
  const endpoint = addresses.endpointOf(destination)
  const owner = addresses.isInPod(endpoint.address) ? 'app' : 'peer'
  if (last.at !== owner)
    return `the journey should end at the ${owner} that owns ${formatAddressPort(endpoint)}, but ends with ${last.at}`
  if (last.local === undefined) return `the journey ends at an unknown address`
  // The inbound hop always dials loopback, so in the pod the port says which application it is.
  const isThere = owner === 'app' ? last.local.port === endpoint.port : sameAddressPort(last.local, endpoint)
  return isThere
    ? undefined
    : `the journey should end at ${formatAddressPort(endpoint)}, but ends at ${formatAddressPort(last.local)}`
}

const list = (stations: readonly Station[]): string => (stations.length === 0 ? 'to nobody' : stations.join(' → '))

/** Whether its sender hears the answer, where the scenario says that. */
function judgeAnswer(expected: Expected, { answered, journey }: Observed): Mismatch | undefined {
  if (!('answered' in expected) || expected.answered === undefined || expected.answered === answered) return undefined
  const reason = expected.answered
    ? 'its sender should hear the answer, but it is lost'
    : 'the answer should be lost, but its sender hears it'
  return { reason, at: journey.length - 1 }
}

/** The two ends must have talked, and the server that spoke must be the one that the witnesses saw. */
function judgeConversation({ heard, journey, notes }: Observed, { conversation }: FlowPlan): Mismatch | undefined {
  if (conversation === undefined) return undefined
  const last = journey.at(-1)
  if (last === undefined || !isReceiver(last.at)) return undefined
  const reason =
    heard === undefined ? (notes?.[0] ?? 'the two ends did not talk') : mismatch('whoever is heard', last.at, heard)
  return reason === undefined ? undefined : { reason, at: journey.length - 1 }
}
