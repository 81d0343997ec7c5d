import { formatAddressPort, sameAddressPort } from '../../core/address.ts'
import { formatCredentials } from '../../flow/identity.ts'
import type { Hop, Station } from '../../flow/verdict.ts'

const stations: Readonly<Record<Station, string>> = {
  outbound: "proxy's outbound listener",
  inbound: "proxy's inbound listener",
  app: 'application',
  peer: 'peer',
  'envoy-outbound': "proxy's outbound port, dialled as such",
  'envoy-inbound': "proxy's inbound port, dialled as such",
  'envoy-admin': "proxy's admin port",
  'envoy-metrics': "proxy's metrics port",
  'envoy-probe': "proxy's health probe port",
  refused: 'refused',
  dropped: 'dropped',
  looped: 'the same listener again',
  self: 'ended: the proxy would dial itself',
}

/** A station of a journey in words. */
export function describeStation(station: Station): string {
  return stations[station]
}

/** One hop in words: where it arrived, and what was dialled to get there. */
export function describeHop({ at, dialled, originalDestination, identity }: Hop): string {
  const original =
    originalDestination === undefined || sameAddressPort(originalDestination, dialled)
      ? ''
      : `, original destination ${formatAddressPort(originalDestination)}`
  return `${describeStation(at)} (${formatCredentials(identity)} dialled ${formatAddressPort(dialled)}${original})`
}
