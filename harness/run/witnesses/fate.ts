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
  return [head.join(' '), ...journey.map(hop)].join(' → ')
}

const hop = ({ at, local, from, dialled, identity }: Hop): string =>
  [at, address(local), address(dialled), formatCredentials(identity), from].join(' ')

const address = (at: AddressPort | undefined): string => (at === undefined ? '' : formatAddressPort(at))
