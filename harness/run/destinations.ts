import type { AddressPort } from '../core/address.ts'
import type { Flow } from '../flow/flow.ts'
import { type DialsOn, dnsPort } from '../flow/listener.ts'
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

/** Everywhere that flows and the services behind their destinations lead to, in both families where they are symbols. */
export function destinationsOf(flows: readonly { flow: Flow }[], addresses: PodAddresses): Destination[] {
  return flows.flatMap(({ flow: { protocol, destination, origin, conversation } }) => {
    if (protocol === 'icmp') return []
    const dialled = addresses.resolveAll(destination)
    return [...dialled, ...dialled.map((at) => addresses.endpointOf(at))].map((endpoint) => ({
      ...{ protocol, endpoint, isFromPeer: origin.kind === 'peer' },
      ...(conversation && { conversation }),
    }))
  })
}
