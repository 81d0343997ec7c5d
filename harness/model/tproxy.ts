import { wildcardAddresses } from '../core/address.ts'
import type { StatementOf } from '../netfilter/statement.ts'
import { marked } from './marks.ts'
import { type Ends, sameEnds } from './packet.ts'
import type { ListeningSocket } from './listening-socket.ts'
import { Unpredictable } from './unpredictable.ts'
import type { Walk } from './trail.ts'

/**
 * TPROXY gives a packet to the socket of its connection, or else to the listener that the rule names, if that takes
 * connections to foreign addresses; any other socket, and none, is the packet's end (tproxy_tg4 in net/netfilter/xt_TPROXY.c).
 */
export function assignSocket(statement: StatementOf<'tproxy'>, walk: Walk): 'accept' | 'drop' {
  const { packet } = walk
  const socket = ownerOf(walk) ?? listenerOf(statement, walk)
  if (socket === undefined || !socket.transparent) return 'drop'
  if (packet.protocol === 'udp') throw new Unpredictable('nobody witnesses where a datagram arrives that TPROXY sends elsewhere')
  packet.mark = marked(packet.mark, statement)
  if ('at' in socket) packet.socket = socket
  return 'accept'
}

/** Whose connection it already is: for an answer the client's. */
function ownerOf({ packet, stage, connection }: Walk): ListeningSocket | { transparent: boolean } | undefined {
  const { client, server } = connection.sockets
  if (packet.protocol !== 'tcp' || stage === 'first') return undefined
  if (stage === 'answer') return client !== undefined && sameEnds(client, turnedRound(packet)) ? client : undefined
  if (server === undefined || sameEnds(server, packet)) return server?.socket
  throw new Unpredictable('TPROXY looks for a connection that nat knows by another name')
}

const turnedRound = ({ source, destination }: Ends): Ends => ({ source: destination, destination: source })

function listenerOf({ address, port }: StatementOf<'tproxy'>, { packet, world }: Walk): ListeningSocket | undefined {
  const { family, protocol, destination } = packet
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined
  const isAny = address === wildcardAddresses[family]
  const own = isAny ? (world.addressOf(packet.in ?? '', family) ?? destination.address) : address
  const wanted = port === 0 ? destination.port : port
  if (typeof wanted !== 'number') throw new Unpredictable('TPROXY looks for a port that is not known here')
  return world.socketAt(protocol, { address: own, port: wanted })
}
