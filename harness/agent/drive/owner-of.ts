import type { PacketKey, Traced } from '../trace/traced.ts'
import { wayOf } from '../way.ts'
import type { Batch } from './batch.ts'

/**
 * Attributes a traced packet to a flow by the sender's real port. nat gives a connection another port behind
 * POSTROUTING, and takes it back from an answer at the first hook that this meets (nf_nat_ipv4_out, nf_nat_ipv4_local_fn
 * and nf_nat_ipv4_pre_routing in net/netfilter/nf_nat_proto.c): elsewhere the same port may be another flow's own. A
 * datagram from an unknown port to a known one is an answer; where both ports are known, or they are one, the addresses
 * tell who has sent to whom.
 */
export function ownerOf({ packet, hook, table }: Omit<Traced, 'rule' | 'chain'>, batch: Batch): PacketKey {
  const { protocol, ends, way, stage } = packet
  const isGiven = hook === 'PREROUTING' || hook === 'INPUT'
  const isTaken = (hook !== 'PREROUTING' && hook !== 'OUTPUT') || !(table === 'raw' || table === 'mangle')
  if (stage === 'answer')
    return { ...packet, sourcePort: isTaken ? packet.sourcePort : batch.truePort(packet.sourcePort, way) }
  const sourcePort = isGiven ? batch.truePort(packet.sourcePort, way) : packet.sourcePort
  // Of what is recorded by its way it is known who has sent it.
  if (ends === undefined || (isGiven && way !== undefined && batch.isRenamed(way))) return { ...packet, sourcePort }
  const { sender, receiver } = ends
  const wayBack = wayOf(protocol, receiver, sender)
  if (!isTaken && batch.isRenamed(wayBack))
    return { protocol, sourcePort: batch.truePort(receiver.port, wayBack), stage: 'answer' }
  const isAnswer = batch.knowsPort(sourcePort)
    ? batch.isSource(receiver) > batch.isSource(sender)
    : batch.knowsPort(receiver.port)
  return isAnswer ? { protocol, sourcePort: receiver.port, stage: 'answer' } : { ...packet, sourcePort }
}
