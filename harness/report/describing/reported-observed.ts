import { type AddressPort, formatAddressPort } from '../../core/address.ts'
import type { Hop, Observed } from '../../flow/verdict.ts'

/** What was observed or predicted, as JSON has it. */
export function reportedObserved({
  verdict,
  listener,
  originalDestination,
  answeredBy,
  answered,
  translatedTo,
  refusedBy,
  journey,
  heard,
  notes,
}: Observed) {
  return {
    verdict,
    listener,
    originalDestination: reportedAddress(originalDestination),
    answeredBy,
    answered,
    translatedTo: reportedAddress(translatedTo),
    refusedBy,
    journey: journey.map(reportedHop),
    heard,
    notes,
  }
}

function reportedHop({ at, local, originalDestination, dialled, identity: { uid, gid, groups } }: Hop) {
  return {
    at,
    local: reportedAddress(local),
    originalDestination: reportedAddress(originalDestination),
    dialled: reportedAddress(dialled),
    identity: { uid, gid, groups },
  }
}

export function reportedAddress(address: AddressPort | undefined): string | undefined {
  return address === undefined ? undefined : formatAddressPort(address)
}
