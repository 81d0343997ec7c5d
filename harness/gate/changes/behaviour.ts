import { type AddressPort, formatAddressPort, sameAddressPort } from '../../core/address.ts'
import { type Hop, isAnswerLost, isReceiver, type Observed } from '../../flow/verdict.ts'
import { describeStation } from '../../report/describing/stations.ts'

/** What a change does to those who use the pod, the worst first. */
export const effects = ['failed', 'opened', 'closed', 'looped', 'moved'] as const
/**
 * `failed`: no rules are made, or they are not loaded; `opened`: it passes the proxy by, and did not before; `closed`:
 * it arrives no more; `looped`: the proxy gets it again and again; `moved`: anything else.
 */
export type Effect = (typeof effects)[number]

/**
 * Everything about a flow that is compared, as one text: where it arrived and what the receivers saw. As whom the proxy
 * runs is left out: that is the proxy's, and not its rules'.
 */
export function behaviourOf(observed: Observed): string {
  const { verdict, listener, originalDestination, answeredBy, translatedTo, refusedBy, journey } = observed
  const head = [
    verdict,
    listener,
    at(originalDestination),
    answeredBy,
    at(translatedTo),
    refusedBy,
    isAnswerLost(observed),
  ]
  return [head.join(' '), ...journey.map(hopText)].join(' → ')
}

const hopText = (hop: Hop): string => [hop.at, at(hop.local), at(originalOf(hop)), at(hop.dialled), hop.from].join(' ')

/**
 * Where nothing was translated, a receiver reads its own address as the original one if connections are tracked, and
 * none if they are not: the flow fares no other way. Nor does one that arrives elsewhere than where it was dialled: of
 * that its own address tells, and only to a listener what it reads says where to.
 */
const originalOf = ({ at: station, local, dialled, originalDestination }: Hop): AddressPort | undefined => {
  if (local === undefined || originalDestination === undefined) return originalDestination
  const isPlain = sameAddressPort(local, originalDestination)
  return isPlain || (isReceiver(station) && sameAddressPort(dialled, originalDestination))
    ? undefined
    : originalDestination
}

const at = (place: AddressPort | undefined): string => (place === undefined ? '' : formatAddressPort(place))

/**
 * The first step of the journeys at which two behaviours part, from 0: it is also the connection whose rules did it.
 */
export function partsAt(before: Observed, after: Observed): number {
  const length = Math.max(before.journey.length, after.journey.length)
  const texts = (observed: Observed) => observed.journey.map(hopText)
  const [was, is] = [texts(before), texts(after)]
  const found = Array.from({ length }, (_, index) => was[index] === is[index]).indexOf(false)
  return found === -1 || before.verdict !== after.verdict
    ? 0
    : Math.min(found, before.journey.length - 1, after.journey.length - 1)
}

/**
 * @param isLone whether a segment of no connection was sent: whoever gets it resets it, so that a reset which is lost on
 * its way back, or no longer, neither opens nor closes anything.
 */
export function effectOf(before: Observed, after: Observed, isLone = false): Effect {
  if (isLone && (isReset(before, after) || isReset(after, before))) return 'moved'
  if (after.verdict === 'looped') return before.verdict === 'looped' ? 'moved' : 'looped'
  if (arrives(before) && !arrives(after)) return 'closed'
  if (isOpen(after) && !isOpen(before)) return 'opened'
  return 'moved'
}

/** Whether one has heard a reset from where the other arrived. */
const isReset = ({ verdict, refusedBy = 'pod' }: Observed, other: Observed): boolean =>
  verdict === 'refused' && other.verdict === 'direct' && refusedBy === (other.answeredBy === 'peer' ? 'peer' : 'pod')

const isOpen = ({ verdict }: Observed): boolean => verdict === 'direct' || verdict === 'translated'

function arrives(observed: Observed): boolean {
  const last = observed.journey.at(-1)
  return last !== undefined && isReceiver(last.at) && !isAnswerLost(observed)
}

/** A behaviour in a few words; `isDetailed` where the addresses on the way are what differs. */
export function describeBehaviour(observed: Observed, isDetailed = false): string {
  const { verdict, journey } = observed
  const onwards = journey.slice(1).map((hop) => stationText(hop, isDetailed))
  const lost = isAnswerLost(observed) ? ', its answer is lost' : ''
  const first = isDetailed && journey[0] !== undefined ? ` (${hopDetail(journey[0])})` : ''
  return `${firstWords(observed)}${first}${onwards.length > 0 && verdict !== 'looped' ? `, then ${onwards.join(', then ')}` : ''}${lost}`
}

function firstWords({
  verdict,
  listener = '',
  originalDestination,
  answeredBy,
  translatedTo,
  refusedBy,
  journey,
}: Observed): string {
  switch (verdict) {
    case 'redirected':
      return `redirected to ${listener}`
    case 'captured':
      return `captured by ${listener}, original destination ${originalDestination === undefined ? 'unknown' : formatAddressPort(originalDestination)}`
    case 'direct':
      return answeredBy === undefined ? 'direct' : `direct to the ${describeStation(answeredBy)}`
    case 'translated':
      return `translated to ${at(translatedTo)}${answeredBy === undefined ? '' : ` at the ${describeStation(answeredBy)}`}`
    case 'refused':
      return `refused by the ${refusedBy ?? 'pod'}`
    case 'dropped':
      return 'dropped'
    case 'looped':
      return `looped at ${listener === '' ? (journey[0]?.at ?? '') : listener}`
  }
}

function stationText(hop: Hop, isDetailed: boolean): string {
  const name = isReceiver(hop.at) ? describeStation(hop.at) : hop.at
  return isDetailed ? `${name} (${hopDetail(hop)})` : name
}

function hopDetail({ local, dialled, from, originalDestination }: Hop): string {
  const parts = [
    ...(local === undefined || sameAddressPort(local, dialled) ? [] : [`at ${formatAddressPort(local)}`]),
    `dialled ${formatAddressPort(dialled)}`,
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(originalDestination === undefined || sameAddressPort(originalDestination, dialled)
      ? []
      : [`original destination ${formatAddressPort(originalDestination)}`]),
  ]
  return parts.join(', ')
}
