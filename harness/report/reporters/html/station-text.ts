import { formatAddressPort, sameAddressPort } from '../../../core/address.ts'
import { formatCredentials, formatIdentity } from '../../../flow/identity.ts'
import type { Hop } from '../../../flow/verdict.ts'
import type { Check } from '../../../run/checks/check.ts'
import { describeOrigin } from '../../describing/stations.ts'

/** Who sends, as the picture's first station has it. */
export function laneSender({ flow, credentials }: Check): string {
  if (flow === undefined) return ''
  const numbers =
    credentials === undefined || typeof flow.identity === 'object' ? '' : ` ${formatCredentials(credentials)}`
  return `${formatIdentity(flow.identity)}${numbers}${describeOrigin(flow.origin)}`
}

/** What was dialled to get to a station, and what its socket says the client wanted. */
export function stationDetail({ dialled, originalDestination, identity }: Hop): string {
  const wanted =
    originalDestination === undefined || sameAddressPort(originalDestination, dialled)
      ? ''
      : `, original destination ${formatAddressPort(originalDestination)}`
  return `${formatCredentials(identity)} dialled ${formatAddressPort(dialled)}${wanted}`
}
