import type { Target } from '../iptables/tree.ts'
import type { Connection } from './connection.ts'
import { commonZone, type Packet } from './packet.ts'

/** What MARK and CONNMARK make of a mark: the bits of the mask go, those of the value are turned over. */
export const marked = (mark: number, { value, mask }: { value: number; mask: number }): number => ((mark & ~mask) ^ value) >>> 0

/** CONNMARK: sets a connection's mark, or copies it from or to the packet. */
export function setConnmark(target: Extract<Target, { kind: 'connmark' }>, packet: Packet, connection: Connection): void {
  if (target.action === 'set') connection.mark = marked(connection.mark, target)
  else if (target.action === 'save') connection.mark = marked(connection.mark, { value: packet.mark & target.nfmask, mask: target.ctmask })
  else packet.mark = marked(packet.mark, { value: connection.mark & target.ctmask, mask: target.nfmask })
}

/** CT: once connection tracking has seen a packet, or is not to, nothing changes that (xt_ct_target in net/netfilter/xt_CT.c). */
export function setTracking(target: Extract<Target, { kind: 'ct' }>, packet: Packet): void {
  if (packet.state !== 'INVALID' || packet.zone !== commonZone) return
  if (target.action === 'notrack') packet.state = 'UNTRACKED'
  else packet.zone = { id: target.zone, direction: target.direction }
}
