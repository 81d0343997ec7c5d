import { formatAddressPort } from '../../core/address.ts'
import { isAnswerLost, type Observed } from '../../flow/verdict.ts'
import { describeStation } from './stations.ts'

/**
 * What happened, in words.
 * @param port of the listener, where it is to be said.
 */
export function describeObserved(observed: Observed, port?: number): string {
  const { verdict, listener, originalDestination, answeredBy, translatedTo, refusedBy } = observed
  const isLost = isAnswerLost(observed)
  const parts = [
    listener === undefined
      ? verdict
      : `${verdict} ${verdict === 'captured' ? 'by' : 'to'} the ${describeStation(listener)}${port === undefined ? '' : ` (${port})`}`,
    ...(translatedTo === undefined ? [] : [`to ${formatAddressPort(translatedTo)}`]),
    ...(answeredBy === undefined ? [] : [`${isLost ? 'received' : 'answered'} by the ${describeStation(answeredBy)}`]),
    ...(isLost ? ['its answer is lost'] : []),
    ...(refusedBy === undefined ? [] : [`by the ${refusedBy}`]),
    ...(originalDestination === undefined ? [] : [`original destination ${formatAddressPort(originalDestination)}`]),
    ...(verdict === 'captured' && originalDestination === undefined ? ['no original destination'] : []),
  ]
  return parts.join(', ')
}
