import type { PacketKey, Traced } from '../trace/traced.ts'
import type { Batch } from './batch.ts'

/**
 * Attributes a traced packet to a flow by the sender's real port. nat gives a connection another port behind
 * POSTROUTING, and takes it back from an answer at the first hook that this meets (nf_nat_ipv4_out, nf_nat_ipv4_local_fn
 * and nf_nat_ipv4_pre_routing in net/netfilter/nf_nat_proto.c): elsewhere the same port may be another flow's own. A
 * datagram from an unknown port to a known one is an answer.
 */
export function ownerOf({ packet, hook, table }: Omit<Traced, 'rule' | 'chain'>, batch: Batch): PacketKey {
  const { protocol, destinationPort, way, wayBack, stage } = packet
  const isGiven = hook === 'PREROUTING' || hook === 'INPUT'
  const isTaken = (hook !== 'PREROUTING' && hook !== 'OUTPUT') || !(table === 'raw' || table === 'mangle')
  if (stage === 'answer')
    return { ...packet, sourcePort: isTaken ? packet.sourcePort : batch.truePort(packet.sourcePort, way) }
  if (destinationPort !== undefined && wayBack !== undefined && !isTaken && batch.isRenamed(wayBack))
    return { protocol, sourcePort: batch.truePort(destinationPort, wayBack), stage: 'answer' }
  const sourcePort = isGiven ? batch.truePort(packet.sourcePort, way) : packet.sourcePort
  if (destinationPort !== undefined && !batch.knowsPort(sourcePort) && batch.knowsPort(destinationPort))
    return { protocol, sourcePort: destinationPort, stage: 'answer' }
  return { ...packet, sourcePort }
}
