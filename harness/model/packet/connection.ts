import { tcpFlag } from '../../core/tcp-flags.ts'
import {
  defaultZone,
  type Endpoint,
  type Endpoints,
  hasTemplate,
  isTracked,
  type Packet,
  sameEndpoints,
  type Side,
  type Zone,
} from './packet.ts'
import type { ListeningSocket } from './listening-socket.ts'
import type { Stage } from './stage.ts'
import type { Truth } from '../../netfilter/interval-set.ts'
import { Unpredictable } from './unpredictable.ts'

/** The pod's sockets at the two ends of a connection, with the addresses that they see. */
interface Sockets {
  client?: Endpoints & { transparent: boolean }
  server?: Endpoints & { socket: ListeningSocket }
}

/** What connection tracking remembers of the flows before one. */
export class ConnectionTable {
  readonly #entries: ReadonlyMap<string, Connection>

  constructor(entries: ReadonlyMap<string, Connection> = new Map()) {
    this.#entries = entries
  }

  /** @returns the entry that a flow's first packet belongs to, if an earlier flow has left one. */
  find(packet: Packet, zone: Zone): Connection | undefined {
    return this.#entries.size === 0 ? undefined : this.#entries.get(keyOf(packet, idOf(zone, 'original')))
  }

  /** @throws Unpredictable if the packet looks like an answer to an earlier flow. */
  requireNoAnswer({ protocol, source, destination }: Packet): void {
    for (const entry of this.#entries.values())
      if (entry.isAnsweredBy(protocol, { source, destination }))
        throw new Unpredictable('connection tracking takes it for the answer to an earlier flow')
  }

  /**
   * The same with one more, if the kernel keeps it. A TCP connection has been reset before its port is used again, and
   * counts no more (tcp_new in net/netfilter/nf_conntrack_proto_tcp.c).
   */
  with(connection: Connection): ConnectionTable {
    const { kept } = connection
    if (kept === undefined || kept.protocol === 'tcp') return this
    return new ConnectionTable(new Map(this.#entries).set(keyOf(kept, kept.zone), connection))
  }
}

/**
 * Whether a TCP segment without an entry begins one: SYN does, and ACK, by which an older connection is picked up
 * (tcp_conntracks and tcp_valid_flags in net/netfilter/nf_conntrack_proto_tcp.c, with nf_conntrack_tcp_loose as it is
 * by default). Any other one is invalid.
 */
function beginsConnection({ tcpFlags: flags }: Packet): boolean {
  const counting = flags & ~(tcpFlag.psh | tcpFlag.urg)
  return counting === tcpFlag.syn || counting === tcpFlag.ack
}

const keyOf = (
  { protocol, source, destination }: Pick<Packet, 'protocol' | 'source' | 'destination'>,
  zone: number,
): string => JSON.stringify([protocol, source, destination, zone])

/** The connection-tracking entry of one connection. */
export class Connection {
  mark = 0
  /** What an endpoint is translated to, if nat has decided that. */
  readonly translated: Partial<Record<Side, Endpoint>> = {}
  readonly sockets: Sockets
  /**
   * An answer to it would look like the first packet of an older one, as with `CT --zone-reply` alone: it does not get
   * into the table, and is dropped (nf_ct_resolve_clash in net/netfilter/nf_conntrack_core.c), or nat gives it another
   * source (nf_nat_used_tuple), which its socket does not know.
   */
  clashes = false
  readonly #protocol: Packet['protocol']
  readonly #original: Endpoints
  readonly #asked = new Set<Side>()
  readonly #earlier: ConnectionTable
  #zone: Zone | undefined
  #isAnswered = false
  #isConfirmed = false
  /** An answer has come, which an ICMP error about it is not. */
  #hasSeenReply = false
  /** Its first two packets have been followed by a third; unknown of one that was begun in its middle, or long ago. */
  #isAssured: Truth = false
  /** It begins with what was sent as an answer. */
  #isOfAnswer = false

  /** @param earlier the connections of flows before it. */
  constructor({ protocol, source, destination }: Packet, earlier = new ConnectionTable(), sockets: Sockets = {}) {
    this.sockets = sockets
    this.#protocol = protocol
    this.#original = { source: { ...source }, destination: { ...destination } }
    this.#earlier = earlier
  }

  get protocol(): Packet['protocol'] {
    return this.#protocol
  }

  /** Its ends as its first packet has them now, where rules have translated some. */
  get current(): Endpoints {
    const { source, destination } = this.#original
    return { source, destination, ...this.translated }
  }

  /** Its ends as the first packet has them, and as an answer to it has. */
  get tuples(): { original: Endpoints; reply: Endpoints } {
    const original = this.#original
    return {
      original,
      reply: {
        source: this.translated.destination ?? original.destination,
        destination: this.translated.source ?? original.source,
      },
    }
  }

  /** Whether a packet goes in the other direction than the first one. */
  isReply(stage: Stage): boolean {
    return stage === 'answer' && !this.#isOfAnswer
  }

  /** What it is found by later, if the first packet has passed all rules (nf_conntrack_confirm). */
  get kept(): (Endpoints & { protocol: Packet['protocol']; zone: number }) | undefined {
    if (this.#zone === undefined || !this.#isConfirmed) return undefined
    return { ...this.#original, protocol: this.#protocol, zone: idOf(this.#zone, 'original') }
  }

  /** Whether a packet is from whom the connection leads to, and for whom it is from. */
  isAnsweredBy(protocol: Packet['protocol'], { source, destination }: Endpoints): boolean {
    return protocol === this.#protocol && sameEndpoints(this.tuples.reply, { source, destination })
  }

  /**
   * What is set of IPS_SEEN_REPLY, IPS_ASSURED and IPS_CONFIRMED, by the places in `connectionStatuses`; undefined where
   * that is not known. A template is confirmed (xt_ct_tg_check in net/netfilter/xt_CT.c).
   */
  statusOf(packet: Packet): number | undefined {
    if (hasTemplate(packet)) return 8
    if (this.#isAssured === 'unknown') return undefined
    return (this.#hasSeenReply ? 2 : 0) | (this.#isAssured ? 4 : 0) | (this.#isConfirmed ? 8 : 0)
  }

  /** The first packet has passed a hook at which the kernel puts new entries into its table. */
  confirm({ state }: Packet): void {
    if (state !== 'UNTRACKED') this.#isConfirmed = true
  }

  /**
   * Looks up the packet's entry; the first packet creates it. A packet that was seen before, as on its second pass
   * through loopback, or that must not be tracked is left alone (nf_conntrack_in in net/netfilter/nf_conntrack_core.c).
   * @returns the entry that the packet belongs to: of a datagram whose entry is in another zone that is one of its own.
   */
  track(packet: Packet, stage: Stage): Connection {
    if (packet.state !== 'INVALID') return this
    const { zone } = packet
    // If no entry is found, the packet's next hook looks again, in the default zone.
    packet.zone = defaultZone
    if (stage === 'first') {
      if (packet.protocol === 'tcp' && !beginsConnection(packet)) return this
      if (packet.protocol === 'tcp' && (packet.tcpFlags & tcpFlag.syn) === 0) this.#isAssured = 'unknown'
      this.#zone = zone
      const known = this.#earlier.find(packet, zone)
      if (known === undefined) this.#earlier.requireNoAnswer(packet)
      else this.#goOn(known)
      packet.state = this.#isAnswered ? 'ESTABLISHED' : 'NEW'
    } else if (this.#isFound(zone, stage === 'answer' ? 'reply' : 'original')) {
      // The TCP state machine rejects the acknowledgement of an answer that it has not seen
      // (net/netfilter/nf_conntrack_proto_tcp.c).
      if (stage === 'acknowledgement' && !this.#isAnswered) return this
      packet.state = packet.protocol === 'error' ? 'RELATED' : 'ESTABLISHED'
      this.#isAnswered = true
      this.#hasSeenReply ||= stage === 'answer' && packet.protocol !== 'error'
      // Datagrams make it so only after two seconds (nf_conntrack_udp_packet).
      if (stage === 'acknowledgement' && packet.protocol === 'tcp' && this.#isAssured === false) this.#isAssured = true
    } else if (stage === 'acknowledgement')
      throw new Unpredictable('the rules begin a new entry in the middle of a connection')
    // SYN+ACK, echo replies and ICMP errors are invalid then: none of them begins anything (nf_conntrack_proto_tcp.c,
    // …_icmp.c).
    else if (packet.protocol === 'udp') return this.#beginWith(packet, zone)
    return this
  }

  #beginWith(answer: Packet, zone: Zone): Connection {
    const entry = new Connection(answer, this.#earlier, this.sockets)
    entry.#isOfAnswer = true
    entry.#zone = zone
    const { source, destination } = this.#original
    const isMirrored = sameEndpoints(answer, { source: destination, destination: source })
    entry.clashes = this.#isConfirmed && isMirrored && this.#isFound(zone, 'reply', 'original')
    answer.state = 'NEW'
    return entry
  }

  /** It is the connection of an earlier flow: what was decided about that holds, and nat is not asked again. */
  #goOn(known: Connection): void {
    this.mark = known.mark
    Object.assign(this.translated, known.translated)
    for (const side of known.#asked) this.#asked.add(side)
    this.#isAnswered = known.#isAnswered
    this.#hasSeenReply = known.#hasSeenReply
    this.#isAssured = known.#hasSeenReply ? 'unknown' : known.#isAssured
    this.#isConfirmed = true
  }

  #isFound(zone: Zone, direction: 'original' | 'reply', own = direction): boolean {
    return this.#zone !== undefined && idOf(this.#zone, own) === idOf(zone, direction)
  }

  /**
   * Whether getsockopt(SO_ORIGINAL_DST) finds the connection: it looks only in the default zone (getorigdst in
   * nf_conntrack_proto.c).
   */
  get isInDefaultZone(): boolean {
    return this.#zone !== undefined && idOf(this.#zone, 'reply') === 0
  }

  /**
   * Whether nat evaluates its rules for one end: once for each connection. The reset by which REJECT answers a first
   * packet on its way counts as related and may be the first one that comes to where the source is asked about; of an
   * ICMP error nothing is asked (nf_nat_ipv4_fn in net/netfilter/nf_nat_proto.c).
   */
  asksAbout(side: Side, { state, protocol }: Packet): boolean {
    const begins = state === 'NEW' || (state === 'RELATED' && protocol === 'tcp')
    if (!begins || this.#asked.has(side)) return false
    this.#asked.add(side)
    return true
  }

  /** Applies the connection's translation to a packet; an answer gets the original addresses back. */
  translate(packet: Packet, side: Side, stage: Stage): void {
    if (!isTracked(packet)) return
    const other = side === 'source' ? 'destination' : 'source'
    const isReply = this.isReply(stage)
    if (!isReply && this.translated[side] !== undefined) packet[side] = { ...this.translated[side] }
    if (isReply && this.translated[other] !== undefined) packet[side] = { ...this.#original[other] }
  }
}

/** A zone for one direction is the default zone for the other (nf_ct_zone_id in nf_conntrack_zones.h). */
const idOf = ({ id, direction }: Zone, wanted: 'original' | 'reply'): number =>
  direction === 'both' || direction === wanted ? id : 0
