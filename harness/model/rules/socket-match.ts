import { wildcardAddresses } from '../../core/address.ts'
import type { Opaque } from '../../netfilter/condition.ts'
import type { Answer } from './answer.ts'
import { type Endpoints, isTracked, sameEndpoints } from '../packet/packet.ts'
import type { ListeningSocket } from '../packet/listening-socket.ts'
import type { EvaluationContext } from './trail.ts'

/** A socket as `-m socket` sees it; a wildcard listener matches only if the rule allows it. */
interface Found {
  wildcard: boolean
  transparent: boolean
}

/** Whether a packet has a socket already, an established one before a listener (net/netfilter/xt_socket.c). */
export function evaluateSocket(asked: Extract<Opaque, { kind: 'socket' }>, context: EvaluationContext): Answer {
  if (asked.restoresMark || context.packet.protocol === 'error')
    return { truth: 'unknown', actual: 'cannot be determined' }
  const found = find(context)
  if (found === 'unknown') return { truth: 'unknown', actual: 'a port that is not known here' }
  if (found === undefined) return { truth: false, actual: 'no socket' }
  const isMet = (!found.wildcard || asked.wildcard) && (found.transparent || !asked.transparent)
  return {
    truth: isMet,
    actual: `${found.transparent ? 'a transparent' : 'a'} socket${found.wildcard ? ' on every address' : ''}`,
  }
}

function find({ packet, connection, stage, stack }: EvaluationContext): Found | undefined | 'unknown' {
  const { protocol, source, destination, socket } = packet
  const { client, server } = connection.sockets
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined
  if (stage === 'acknowledgement' && server !== undefined && sameEndpoints(server, packet))
    return { wildcard: false, transparent: server.socket.transparent === true }
  if (socket !== undefined) return asFound(socket)
  if (stage === 'answer' && client !== undefined) {
    const isOurs = isTracked(packet) && connection.translated.source !== undefined
    const reversed: Endpoints = { source: isOurs ? client.source : destination, destination: source }
    return sameEndpoints(client, reversed) ? { wildcard: false, transparent: client.transparent } : undefined
  }
  if (typeof destination.port !== 'number') return 'unknown'
  const listener = stack.socketAt(protocol, { address: destination.address, port: destination.port })
  return listener && asFound(listener)
}

const asFound = ({ address, transparent = false }: ListeningSocket): Found => ({
  wildcard: Object.values(wildcardAddresses).includes(address),
  transparent,
})
