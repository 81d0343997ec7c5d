import { type AddressPort, formatAddressPort } from '../../core/address.ts'
import { formatCredentials } from '../../flow/identity.ts'
import { type Hop, isAnswerLost, type Observed } from '../../flow/verdict.ts'

/**
 * What becomes of a flow, as far as both model and agent speak of it: of two flows to one place, equal texts are one
 * fate.
 */
export function fateOf(observed: Observed): string {
  const { verdict, listener, answeredBy, refusedBy, originalDestination, translatedTo, journey } = observed
  const head = [
    verdict,
    listener,
    answeredBy,
    refusedBy,
    address(originalDestination),
    address(translatedTo),
    isAnswerLost(observed),
  ]
  return [head.join(' '), ...(verdict === 'looped' ? untilRepeated(journey) : journey.map(hop))].join(' → ')
}

/**
 * The way into a loop. How often it goes round before the proxy knows its own dial is no part of what becomes of a flow:
 * where source ports are drawn at random, it knows none.
 */
function untilRepeated(journey: readonly Hop[]): string[] {
  const repeated = journey.findIndex(
    ({ at }, index) => at === 'looped' || journey.findIndex((other) => other.at === at) < index,
  )
  return [...journey.slice(0, repeated === -1 ? journey.length : repeated).map(hop), 'looped']
}

const hop = ({ at, local, from, dialled, identity }: Hop): string =>
  [at, address(local), address(dialled), formatCredentials(identity), from].join(' ')

const address = (at: AddressPort | undefined): string => (at === undefined ? '' : formatAddressPort(at))
