import { formatAddressPort, sameAddressPort } from '../../core/address.ts'
import { formatCredentials } from '../../flow/identity.ts'
import type { Origin } from '../../flow/flow.ts'
import { type End, type Hop, isListener, type Station } from '../../flow/verdict.ts'

const stations: Readonly<Record<'app' | 'peer' | End, string>> = {
  app: 'application',
  peer: 'peer',
  refused: 'refused',
  dropped: 'dropped',
  looped: 'the same listener again',
  self: 'ended: the proxy would dial itself',
}

/** A station of a journey in words. */
export function describeStation(station: Station): string {
  if (isListener(station)) return `proxy's ${station} listener`
  const [, port] = /^envoy-(.*)$/s.exec(station) ?? []
  return port === undefined ? stations[station as keyof typeof stations] : `proxy's ${port} port`
}

/** One hop in words: where it arrived, and what was dialled to get there. */
export function describeHop({ at, dialled, originalDestination, identity }: Hop): string {
  const original =
    originalDestination === undefined || sameAddressPort(originalDestination, dialled)
      ? ''
      : `, original destination ${formatAddressPort(originalDestination)}`
  return `${describeStation(at)} (${formatCredentials(identity)} dialled ${formatAddressPort(dialled)}${original})`
}

/** Where a flow begins, behind who sends it: nothing in the pod, or ` on eth0's peer`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'pod':
      return ''
    case 'peer':
      return ` on ${origin.interface}'s peer`
    case 'inner':
      return ' behind the inner bridge'
  }
}
