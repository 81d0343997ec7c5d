import type { AddressPort, Family } from '../core/address.ts'
import { formatFlags } from '../core/tcp-flags.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { type Credentials, formatIdentity, type Identity } from './identity.ts'

export type Protocol = 'tcp' | 'udp' | 'icmp'

/**
 * Where a flow's process stands: in the pod, on the peer at one of its interfaces, or in the namespace behind its inner
 * bridge.
 */
export type Origin = { kind: 'pod' } | { kind: 'peer'; interface: string } | { kind: 'inner' }

/** One connection, datagram or echo request that a scenario wants sent. */
export interface Flow {
  identity: Identity
  origin: Origin
  protocol: Protocol
  destination: Endpoint
  /** A fixed source; by default the route chooses the address and the run a port that no other flow has. */
  source?: { address?: string; port?: number }
  /**
   * SO_BINDTODEVICE: a redirected socket that is bound to a device stays on it and the flow dies, so it never stands
   * for "the interface".
   */
  bindToDevice?: string
  /** SO_MARK: what the socket's packets are marked with. */
  mark?: number
  /** IP_TOS and IPV6_TCLASS: DSCP and ECN of the socket's packets; not judged without it. */
  tos?: number
  /** IP_TRANSPARENT: the source may be none of the pod's addresses. */
  transparent?: true
  /**
   * What the two ends say to each other once connected: nothing, a banner that the server sends first, or an HTTP
   * request.
   */
  conversation?: 'server-first' | 'http'
  /** TCP: the flags of a segment that is sent by a raw socket, of no connection and with no more behind it. */
  raw?: number
}

/** One flow with nothing symbolic left in it. */
export interface ConcreteFlow {
  credentials: Credentials
  origin: Origin
  protocol: Protocol
  family: Family
  destination: AddressPort
  source?: { address?: string; port?: number }
  bindToDevice?: string
  /** SO_MARK: what the socket's packets are marked with. */
  mark?: number
  /** IP_TOS and IPV6_TCLASS: DSCP and ECN of the socket's packets; not judged without it. */
  tos?: number
  /** IP_TRANSPARENT: the socket may have a source that is none of its host's addresses. */
  transparent?: true
  /** TCP: the flags of a segment that is sent by a raw socket, of no connection and with no more behind it. */
  raw?: number
}

/** How a flow is written in check ids: from what it is, never from its place or its expectation. */
export function formatFlow(flow: Flow): string {
  const source =
    flow.source === undefined ? [] : ['from', [flow.source.address ?? '', flow.source.port ?? ''].join(':')]
  const device = flow.bindToDevice === undefined ? [] : ['dev', flow.bindToDevice]
  const way = flow.raw === undefined ? flow.conversation : `raw=${formatFlags(flow.raw)}`
  const protocol = way === undefined ? flow.protocol : `${flow.protocol}(${way})`
  return [
    `${formatIdentity(flow.identity)}${formatOrigin(flow.origin)}`,
    protocol,
    formatEndpoint(flow.destination),
    ...source,
    ...device,
    ...(flow.mark === undefined ? [] : ['mark', `0x${flow.mark.toString(16)}`]),
    ...(flow.tos ? ['tos', `0x${flow.tos.toString(16)}`] : []),
    ...(flow.transparent ? ['transparent'] : []),
  ].join('-')
}

function formatOrigin(origin: Origin): string {
  if (origin.kind === 'inner') return '.inner'
  return origin.kind === 'pod' || origin.interface === 'eth0' ? '' : `.${origin.interface}`
}
