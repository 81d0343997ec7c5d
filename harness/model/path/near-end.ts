import type { AddressPort } from '../../core/address.ts'
import type { Protocol } from '../../flow/flow.ts'
import { isListener } from '../../flow/verdict.ts'
import type { Connection } from '../packet/connection.ts'
import type { Outcome } from './outcome.ts'
import { type Endpoint, endpointsOf, type Owner, type Packet } from '../packet/packet.ts'
import type { ListeningSocket } from '../packet/listening-socket.ts'
import { Unpredictable } from '../packet/unpredictable.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

/** The outcome for a packet that is delivered in the pod, and the owner of the answer. */
export function inPod(
  packet: Packet,
  protocol: Protocol,
  connection: Connection,
  stack: NetworkStack,
): { outcome: Outcome; owner: Owner } {
  const { destination, socket: assigned } = packet
  const translated = connection.translated.destination !== undefined
  if (protocol === 'icmp')
    return { outcome: { kind: 'received', at: 'app', local: certain(destination), translated }, owner: 'kernel' }
  if (assigned !== undefined && translated) throw new Unpredictable('TPROXY and nat both send it elsewhere')
  const socket = assigned ?? socketFor(destination, protocol, stack)
  if (socket === undefined) return { outcome: { kind: 'refused', by: 'pod' }, owner: ownerOfRefusal(packet) }
  connection.sockets.server = { ...endpointsOf(packet), socket }
  const { at, passesOn, isDns, credentials: owner } = socket
  const whose = { at, ...(passesOn && { passesOn }) }
  const local = certain(destination)
  if (assigned !== undefined && assigned.port !== local.port)
    return {
      outcome: { kind: 'received', ...whose, local: { address: local.address, port: assigned.port }, translated: true },
      owner,
    }
  const isUnread = translated && isListener(at) && !isDns && !connection.isInDefaultZone
  return { outcome: { kind: 'received', ...whose, local, translated, ...(isUnread && { isUnread }) }, owner }
}

/**
 * The kernel has a socket for its own ICMP errors, and for IPv4's RSTs; IPv6's have none (tcp_v6_send_response in
 * net/ipv6/tcp_ipv6.c).
 */
export const ownerOfRefusal = ({ protocol, family }: Packet): Owner =>
  protocol === 'tcp' && family === 'ipv6' ? 'nobody' : 'kernel'

function socketFor(to: Endpoint, protocol: 'tcp' | 'udp', stack: NetworkStack): ListeningSocket | undefined {
  return stack.mayListen(protocol, to) ? stack.socketAt(protocol, certain(to)) : undefined
}

/** @throws Unpredictable if the port is not a single one. */
export function certain({ address, port }: Endpoint): AddressPort {
  if (typeof port === 'number') return { address, port }
  throw new Unpredictable(`the rules let the kernel choose a port from ${port.first} to ${port.last}`, { ports: port })
}
