import { type AddressPort, parseAddressPort } from '../../core/address.ts'
import type { Flow } from '../../flow/flow.ts'
import type { Expected } from '../../flow/verdict.ts'
import { type DialsOn, dnsPort } from '../../flow/listener.ts'
import type { PodAddresses } from './pod-addresses.ts'

/** Where something may be sent to, so that somebody is to listen there. */
export interface Destination {
  protocol: 'tcp' | 'udp'
  endpoint: AddressPort
  /** Whoever sends it stands on a peer. */
  isFromPeer?: boolean
  conversation?: Flow['conversation']
}

/** Whom the proxy asks by DNS, whatever a scenario's flows are. */
export const questionsOf = ({ dns }: DialsOn): Destination[] =>
  (dns?.servers ?? []).flatMap((address) =>
    (['tcp', 'udp'] as const).map((protocol) => ({ protocol, endpoint: { address, port: dnsPort } })),
  )

/** Where flows are expected to be translated to: somebody is to listen there, whatever rule leads there. */
export const translationsOf = (
  flows: readonly { flow: Flow; expected?: Expected }[],
  addresses: PodAddresses,
): Destination[] =>
  flows.flatMap(({ flow: { protocol }, expected }) => {
    const to = expected?.verdict === 'translated' && protocol !== 'icmp' ? parseAddressPort(expected.to) : undefined
    return to?.address === addresses.inner?.address && to !== undefined && protocol !== 'icmp'
      ? [{ protocol, endpoint: to }]
      : []
  })

/**
 * Everywhere that flows and the services behind their destinations lead to, in both families where they are symbols.
 */
export function destinationsOf(flows: readonly { flow: Flow }[], addresses: PodAddresses): Destination[] {
  return flows.flatMap(({ flow: { protocol, destination, origin, conversation } }) => {
    if (protocol === 'icmp') return []
    const dialled = addresses.resolveAll(destination)
    return [...dialled, ...dialled.map((at) => addresses.endpointOf(at))].map((endpoint) => ({
      protocol,
      endpoint,
      isFromPeer: origin.kind === 'peer',
      ...(conversation && { conversation }),
    }))
  })
}
