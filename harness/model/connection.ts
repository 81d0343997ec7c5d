import { defaultZone, type Endpoint, type Endpoints, isTracked, type Packet, type Side, type Zone } from './packet.ts'
import type { ListeningSocket } from './listening-socket.ts'
import type { Stage } from './stage.ts'
import { Unpredictable } from './unpredictable.ts'

/** What connection tracking knows of the packets that belong together. */
export class Connection {
  mark = 0
  /** What an end is translated to, if it is. */
  readonly translated: Partial<Record<Side, Endpoint>> = {}
  /** The pod's own sockets at its two ends, by the addresses that they know. */
  readonly sockets: { client?: Endpoints & { transparent: boolean }; server?: Endpoints & { socket: ListeningSocket } } = {}
  readonly #original: Endpoints
  readonly #asked = new Set<Side>()
  #zone: Zone | undefined
  #isAnswered = false

  constructor({ source, destination }: Packet) {
    this.#original = { source: { ...source }, destination: { ...destination } }
  }

  /**
   * Looks for the packet's entry, which its first packet makes. What has been seen, as on its second way through loopback,
   * or must not be tracked, is left alone (nf_conntrack_in in net/netfilter/nf_conntrack_core.c).
   */
  track(packet: Packet, stage: Stage): void {
    if (packet.state !== 'INVALID') return
    const { zone } = packet
    // Where nothing is found, the packet's next hook looks anew.
    packet.zone = defaultZone
    if (stage === 'first') {
      this.#zone = zone
      packet.state = 'NEW'
    } else if (this.#isFound(zone, stage === 'answer' ? 'reply' : 'original')) {
      // To the kernel's state machine of TCP nobody can acknowledge what was not said (net/netfilter/nf_conntrack_proto_tcp.c).
      if (stage === 'acknowledgement' && !this.#isAnswered) return
      packet.state = packet.protocol === 'error' ? 'RELATED' : 'ESTABLISHED'
      this.#isAnswered = true
    } else if (stage === 'acknowledgement') throw new Unpredictable('the rules begin a new entry in the middle of a connection')
  }

  #isFound(zone: Zone, direction: 'original' | 'reply'): boolean {
    return this.#zone !== undefined && idOf(this.#zone, direction) === idOf(zone, direction)
  }

  /** Whether getsockopt(SO_ORIGINAL_DST) finds the connection: it looks in the common zone alone (getorigdst in nf_conntrack_proto.c). */
  get isInDefaultZone(): boolean {
    return this.#zone !== undefined && idOf(this.#zone, 'reply') === 0
  }

  /** Whether the rules of nat are to be asked about one end: once for each connection. */
  asksAbout(side: Side, { state }: Packet): boolean {
    if (state !== 'NEW' || this.#asked.has(side)) return false
    this.#asked.add(side)
    return true
  }

  /** Puts into a packet what was decided about its connection; an answer gets what had been there before. */
  translate(packet: Packet, side: Side, stage: Stage): void {
    if (!isTracked(packet)) return
    const other = side === 'source' ? 'destination' : 'source'
    if (stage !== 'answer' && this.translated[side] !== undefined) packet[side] = { ...this.translated[side] }
    if (stage === 'answer' && this.translated[other] !== undefined) packet[side] = { ...this.#original[other] }
  }
}

/** A zone that is for one direction is the common one for the other (nf_ct_zone_id in nf_conntrack_zones.h). */
const idOf = ({ id, direction }: Zone, wanted: 'original' | 'reply'): number => (direction === 'both' || direction === wanted ? id : 0)
