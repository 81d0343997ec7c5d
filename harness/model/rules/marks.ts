import type { StatementOf } from '../../netfilter/statement.ts'
import type { Connection } from '../packet/connection.ts'
import { hasTemplate, isTracked, type Packet } from '../packet/packet.ts'
import { Unpredictable } from '../packet/unpredictable.ts'

/** What MARK and CONNMARK make of a mark: the bits of the mask are cleared, those of the value are flipped. */
export const marked = (mark: number, { value, mask }: { value: number; mask: number }): number =>
  ((mark & ~mask) ^ value) >>> 0

/** The mark of a packet's connection, or undefined if it has none. */
export const connectionMark = (packet: Packet, { mark }: Connection): number | undefined =>
  isTracked(packet) ? mark : hasTemplate(packet) ? 0 : undefined

/** CONNMARK: sets a connection's mark, or copies it from or to the packet. */
export function setConnmark(statement: StatementOf<'connmark'>, packet: Packet, connection: Connection): void {
  const current = connectionMark(packet, connection)
  if (current === undefined) return
  if (statement.action === 'restore')
    packet.mark = marked(packet.mark, { value: current & statement.ctmask, mask: statement.nfmask })
  else if (hasTemplate(packet))
    throw new Unpredictable('CONNMARK marks what all packets have in common that CT gives a zone')
  else if (statement.action === 'set') connection.mark = marked(connection.mark, statement)
  else connection.mark = marked(connection.mark, { value: packet.mark & statement.nfmask, mask: statement.ctmask })
}

/**
 * CT has no effect once connection tracking has seen the packet, or the packet is untracked (xt_ct_target in
 * net/netfilter/xt_CT.c).
 */
export function setTracking(statement: StatementOf<'notrack' | 'zone'>, packet: Packet): void {
  if (packet.state !== 'INVALID' || hasTemplate(packet)) return
  if (statement.kind === 'notrack') packet.state = 'UNTRACKED'
  else packet.zone = { id: statement.zone, direction: statement.direction }
}
