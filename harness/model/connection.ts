import { defaultZone, type Endpoint, type Endpoints, isTracked, type Packet, type Side, type Zone } from './packet.ts'
import type { ListeningSocket } from './listening-socket.ts'
import type { Stage } from './stage.ts'
import { Unpredictable } from './unpredictable.ts'

/** The connection-tracking entry of one connection. */
export class Connection {
  mark = 0
  /** What an endpoint is translated to, if nat has decided that. */
  readonly translated: Partial<Record<Side, Endpoint>> = {}
  /** The pod's sockets at its two ends, with the addresses that they see. */
  readonly sockets: { client?: Endpoints & { transparent: boolean }; server?: Endpoints & { socket: ListeningSocket } } = {}
  readonly #original: Endpoints
  readonly #asked = new Set<Side>()
  #zone: Zone | undefined
  #isAnswered = false

  constructor({ source, destination }: Packet) {
    this.#original = { source: { ...source }, destination: { ...destination } }
  }

  /**
   * Looks up the packet's entry; the first packet creates it. A packet that was seen before, as on its second pass through
   * loopback, or that must not be tracked is left alone (nf_conntrack_in in net/netfilter/nf_conntrack_core.c).
   */
  track(packet: Packet, stage: Stage): void {
    if (packet.state !== 'INVALID') return
    const { zone } = packet
    // If no entry is found, the packet's next hook looks again, in the default zone.
    packet.zone = defaultZone
    if (stage === 'first') {
      this.#zone = zone
      packet.state = 'NEW'
    } else if (this.#isFound(zone, stage === 'answer' ? 'reply' : 'original')) {
      // The TCP state machine rejects the acknowledgement of an answer that it has not seen (net/netfilter/nf_conntrack_proto_tcp.c).
      if (stage === 'acknowledgement' && !this.#isAnswered) return
      packet.state = packet.protocol === 'error' ? 'RELATED' : 'ESTABLISHED'
      this.#isAnswered = true
    } else if (stage === 'acknowledgement') throw new Unpredictable('the rules begin a new entry in the middle of a connection')
  }

  #isFound(zone: Zone, direction: 'original' | 'reply'): boolean {
    return this.#zone !== undefined && idOf(this.#zone, direction) === idOf(zone, direction)
  }

  /** Whether getsockopt(SO_ORIGINAL_DST) finds the connection: it looks only in the default zone (getorigdst in nf_conntrack_proto.c). */
  get isInDefaultZone(): boolean {
    return this.#zone !== undefined && idOf(this.#zone, 'reply') === 0
  }

  /** Whether nat evaluates its rules for one end: once for each connection. */
  asksAbout(side: Side, { state }: Packet): boolean {
    if (state !== 'NEW' || this.#asked.has(side)) return false
    this.#asked.add(side)
    return true
  }

  /** Applies the connection's translation to a packet; an answer gets the original addresses back. */
  translate(packet: Packet, side: Side, stage: Stage): void {
    if (!isTracked(packet)) return
    const other = side === 'source' ? 'destination' : 'source'
    if (stage !== 'answer' && this.translated[side] !== undefined) packet[side] = { ...this.translated[side] }
    if (stage === 'answer' && this.translated[other] !== undefined) packet[side] = { ...this.#original[other] }
  }
}

/** A zone for one direction is the default zone for the other (nf_ct_zone_id in nf_conntrack_zones.h). */
const idOf = ({ id, direction }: Zone, wanted: 'original' | 'reply'): number => (direction === 'both' || direction === wanted ? id : 0)
