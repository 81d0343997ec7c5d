import type { AddressPort } from '../core/address.ts'
import type { Protocol } from '../flow/flow.ts'

/**
 * What a packet shows of the connection that it belongs to: from whom to whom, as whoever sees it has it. Connection
 * tracking gives no two connections the same one at a time (nf_nat_used_tuple in net/netfilter/nf_nat_core.c).
 */
export const wayOf = (protocol: Protocol, from: AddressPort, to: AddressPort): string =>
  `${protocol} ${from.address} ${from.port} ${to.address} ${to.port}`
