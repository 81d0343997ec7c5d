import { type Family, families } from '../../core/address.ts'
import { plain } from '../../classes/witness.ts'
import type { Endpoint } from '../../flow/endpoint.ts'
import type { Flow, Protocol } from '../../flow/flow.ts'
import { addressNumber } from '../../netfilter/wide-values.ts'

/** Whom a reader thinks of first. */
const senders: readonly unknown[] = ['app', 'remote', 'root', 'proxy']
const protocols: readonly Protocol[] = ['tcp', 'udp', 'icmp']
const digit = 8

/**
 * How far a flow is from what anybody sends all day, 0 being that: an application that sends TCP over IPv4 to port 80
 * of a host somewhere, and the socket has nothing set. What is asked first weighs most: nothing that only a program for
 * the purpose does; who sends; protocol; family; where to; from a chosen address; port.
 */
export function oddity(flow: Flow, family: Family): number {
  const { identity, origin, protocol, destination, source, mark, tos, transparent, bindToDevice, raw, conversation } =
    flow
  const special = [mark, tos || undefined, transparent, bindToDevice, raw, source?.port, conversation].filter(
    (set) => set !== undefined,
  )
  const sender = senders.indexOf(identity)
  return [
    special.length,
    sender === -1 ? senders.length : sender,
    protocols.indexOf(protocol),
    families.indexOf(family),
    placeOf(destination, origin.kind !== 'pod'),
    source?.address === undefined ? 0 : 1,
    protocol === 'icmp' || plain.ports.some((port) => port === destination.port) ? 0 : 1,
  ].reduce((sum, rank) => sum * digit + Math.min(rank, digit - 1), 0)
}

/** A host somewhere, the pod itself, its loopback, and what nobody writes. */
function placeOf(destination: Endpoint, isInbound: boolean): number {
  switch (destination.kind) {
    case 'peer':
      return 0
    case 'pod':
      return isInbound ? 0 : 1
    case 'lo':
      return 2
    case 'literal': {
      const { address, family } = destination
      const known = plain[family].some((ordinary) => ordinary === addressNumber(address))
      if (isInbound || known) return 0
      return address === '127.0.0.1' || address === '::1' ? 2 : 3
    }
  }
}
