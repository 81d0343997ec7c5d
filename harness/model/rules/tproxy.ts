import { wildcardAddresses } from '../../core/address.ts'
import type { StatementOf } from '../../netfilter/statement.ts'
import { marked } from './marks.ts'
import { type Endpoints, sameEndpoints } from '../packet/packet.ts'
import type { ListeningSocket } from '../packet/listening-socket.ts'
import { Unpredictable } from '../packet/unpredictable.ts'
import type { ChainTraversal } from './trail.ts'

/**
 * TPROXY assigns a packet to the socket of its connection, or else to the listener that the rule names. If that socket
 * is not transparent, or there is none, the packet is dropped (tproxy_tg4 in net/netfilter/xt_TPROXY.c).
 */
export function assignSocket(statement: StatementOf<'tproxy'>, traversal: ChainTraversal): 'accept' | 'drop' {
  const { packet } = traversal
  const socket = ownerOf(traversal) ?? listenerOf(statement, traversal)
  if (socket === undefined || !socket.transparent) return 'drop'
  if (packet.protocol === 'udp')
    throw new Unpredictable('nobody witnesses where a datagram arrives that TPROXY sends elsewhere')
  packet.mark = marked(packet.mark, statement)
  if ('at' in socket) packet.socket = socket
  return 'accept'
}

/** The socket of an existing connection; for an answer that is the client's. */
function ownerOf({
  packet,
  stage,
  connection,
}: ChainTraversal): ListeningSocket | { transparent: boolean } | undefined {
  const { client, server } = connection.sockets
  if (packet.protocol !== 'tcp' || stage === 'first') return undefined
  if (stage === 'answer') return client !== undefined && sameEndpoints(client, reversed(packet)) ? client : undefined
  if (server === undefined || sameEndpoints(server, packet)) return server?.socket
  throw new Unpredictable('TPROXY looks for a connection that nat knows by another name')
}

const reversed = ({ source, destination }: Endpoints): Endpoints => ({ source: destination, destination: source })

function listenerOf(
  { address, port }: StatementOf<'tproxy'>,
  { packet, stack }: ChainTraversal,
): ListeningSocket | undefined {
  const { family, protocol, destination } = packet
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined
  const isAny = address === wildcardAddresses[family]
  const own = isAny ? (stack.addressOf(packet.in ?? '', family) ?? destination.address) : address
  const wanted = port === 0 ? destination.port : port
  if (typeof wanted !== 'number') throw new Unpredictable('TPROXY looks for a port that is not known here')
  return stack.socketAt(protocol, { address: own, port: wanted })
}
