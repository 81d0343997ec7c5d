import { type AddressPort, isLoopback } from '../core/address.ts'
import type { ConcreteFlow, Protocol } from '../flow/flow.ts'
import type { Listener, Receiver } from '../flow/verdict.ts'
import type { Ruleset } from '../iptables/tree.ts'
import type { Connection, Packet } from './packet.ts'
import { type Arrival, enterPod, type Passage, sendFromPod } from './transit.ts'
import { type Step, Unpredictable } from './walk.ts'
import type { ListeningSocket, World } from './world.ts'

/** What becomes of one connection, datagram or echo request. */
export type Outcome =
  | { kind: 'received'; at: Listener | Receiver; local: AddressPort; translated: boolean }
  | { kind: 'refused'; by: 'pod' | 'peer' }
  | { kind: 'dropped' }

export interface Dialled {
  outcome: Outcome
  /** The packet as it was sent. */
  sent: Packet
  steps: Step[]
}

const SYN = 0x02
const SYN_ACK = 0x12
const ACK = 0x10
const RST_ACK = 0x14
/** A source port that the kernel chooses; rules that ask for one of these get a guess that no sensible rule can tell from the truth. */
const ephemeralPort = 40000

/** Sends a flow through the rules, its answer, and what the sender says to that. @throws Unpredictable */
export function dial(flow: ConcreteFlow, ruleset: Ruleset, world: World): Dialled {
  return new Dial(flow, ruleset, world).run()
}

class Dial {
  readonly #flow: ConcreteFlow
  readonly #world: World
  readonly #ruleset: Ruleset
  readonly #connection: Connection = { mark: 0 }
  readonly #steps: Step[] = []

  constructor(flow: ConcreteFlow, ruleset: Ruleset, world: World) {
    this.#flow = flow
    this.#world = world
    this.#ruleset = ruleset
  }

  run(): Dialled {
    const sent = this.#firstPacket()
    const packet = copy(sent)
    return { sent, outcome: this.#staysOutside(packet) ?? this.#settle(packet), steps: this.#steps }
  }

  #firstPacket(): Packet {
    const { credentials, origin, protocol, family, destination, source = {} } = this.#flow
    const port = protocol === 'icmp' ? 0 : (source.port ?? ephemeralPort)
    const address = source.address ?? this.#sourceAddress()
    return {
      family,
      protocol,
      source: { address, port },
      destination: { ...destination },
      owner: origin.kind === 'pod' ? credentials : 'nobody',
      mark: 0,
      tcpFlags: protocol === 'tcp' ? SYN : 0,
      state: 'NEW',
    }
  }

  #sourceAddress(): string {
    const { origin, destination, family, bindToDevice } = this.#flow
    if (origin.kind === 'pod') return this.#world.route(destination.address, bindToDevice).source
    const { links, inner } = this.#world.surrounding
    if (origin.kind === 'inner') return inner?.address ?? ''
    const address = links.find(({ name }) => name === origin.interface)?.peer[family] ?? ''
    return address.slice(0, address.indexOf('/'))
  }

  /** A peer owns every address but the pod's: what it sends there never leaves it. */
  #staysOutside({ destination }: Packet): Outcome | undefined {
    const { origin, protocol } = this.#flow
    if (origin.kind !== 'peer') return undefined
    const isPods = this.#world.addresses.includes(destination.address) || destination.address === this.#world.surrounding.inner?.address
    return isPods ? undefined : this.#atPeer(origin.interface, protocol, destination, false)
  }

  #settle(packet: Packet): Outcome {
    const { origin, protocol, bindToDevice } = this.#flow
    const { inner } = this.#world.surrounding
    const first = this.#passage('first')
    const device = origin.kind === 'peer' ? origin.interface : inner?.bridge
    const arrival = origin.kind === 'pod' ? sendFromPod(packet, first, bindToDevice) : enterPod(packet, device ?? '', first)
    if (arrival.at === 'drop') return { kind: 'dropped' }
    // A rejected datagram or echo request of the pod's own is EPERM to its sender, as a dropped one is.
    if (arrival.at === 'reject')
      return protocol !== 'tcp' && arrival.hook === 'OUTPUT' ? { kind: 'dropped' } : { kind: 'refused', by: 'pod' }
    const outcome = arrival.at === 'pod' ? this.#inPod(packet) : this.#onWire(packet, arrival.device)
    return this.#answered(packet, arrival, outcome)
  }

  #inPod({ destination }: Packet): { outcome: Outcome; socket?: ListeningSocket } {
    const { protocol } = this.#flow
    const translated = this.#connection.translation !== undefined
    if (protocol === 'icmp') return { outcome: { kind: 'received', at: 'app', local: destination, translated } }
    const socket = this.#world.socketAt(protocol, destination)
    if (socket === undefined) return { outcome: { kind: 'refused', by: 'pod' } }
    return { outcome: { kind: 'received', at: socket.at, local: destination, translated }, socket }
  }

  #onWire({ source, destination, family }: Packet, device: string): { outcome: Outcome } {
    if (device === this.#world.surrounding.inner?.bridge)
      throw new Unpredictable('nobody witnesses what goes to the namespace behind the bridge')
    if (isLoopback(source.address) || isLoopback(destination.address)) {
      // No route leads out from a loopback address (__mkroute_output in net/ipv4/route.c): TCP tries again, other senders are told EINVAL.
      if (family === 'ipv4' && this.#flow.protocol !== 'tcp')
        throw new Unpredictable('the kernel refuses to send it, since it would leave from a loopback address')
      return { outcome: { kind: 'dropped' } }
    }
    const outcome = this.#atPeer(device, this.#flow.protocol, destination, this.#connection.translation !== undefined)
    if (this.#isKnownToPeers(source.address)) return { outcome }
    // A peer takes any address but the pod's for its own: IPv4 throws away what seems to come from itself, IPv6 answers itself.
    const arrives = family === 'ipv6' && this.#flow.protocol !== 'tcp' && outcome.kind === 'received'
    return { outcome: arrives ? outcome : { kind: 'dropped' } }
  }

  #isKnownToPeers(address: string): boolean {
    const { addresses, surrounding } = this.#world
    return addresses.includes(address) || address === surrounding.inner?.address
  }

  #atPeer(device: string, protocol: Protocol, local: AddressPort, translated: boolean): Outcome {
    const peer = this.#world.surrounding.peers.find((candidate) => candidate.interface === device)
    if (peer?.rules !== undefined && peer.rules.length > 0) throw new Unpredictable(`the peer at ${device} has rules of its own`)
    if (protocol === 'icmp' || this.#world.peerListens(device, protocol, local)) return { kind: 'received', at: 'peer', local, translated }
    return { kind: 'refused', by: 'peer' }
  }

  /** A connection stands, and a refusal is heard, only if the answer comes through; datagrams have arrived either way. */
  #answered(packet: Packet, arrival: Arrival, { outcome, socket }: { outcome: Outcome; socket?: ListeningSocket }): Outcome {
    const { protocol } = this.#flow
    if (outcome.kind === 'dropped' || (protocol !== 'tcp' && outcome.kind === 'received')) return outcome
    if (arrival.at === 'pod' && outcome.kind === 'refused' && isUnanswerable(packet)) return { kind: 'dropped' }
    const answer = this.#answerTo(packet, outcome, socket)
    const passage = this.#passage('answer')
    const back = arrival.at === 'wire' ? enterPod(answer, arrival.device, passage) : sendFromPod(answer, passage)
    if (back.at === 'drop' || back.at === 'reject') return { kind: 'dropped' }
    if (outcome.kind === 'received' && !this.#isAcknowledged())
      throw new Unpredictable('the rules stop a connection after its first packet')
    return outcome
  }

  #answerTo({ source, destination, family }: Packet, outcome: Outcome, socket: ListeningSocket | undefined): Packet {
    const isError = this.#flow.protocol === 'udp'
    return {
      family,
      protocol: isError ? 'error' : 'tcp',
      source: { ...destination },
      destination: { ...source },
      owner: socket?.credentials ?? 'kernel',
      mark: 0,
      tcpFlags: isError ? 0 : outcome.kind === 'received' ? SYN_ACK : RST_ACK,
      state: isError ? 'RELATED' : 'ESTABLISHED',
    }
  }

  #isAcknowledged(): boolean {
    const { origin, bindToDevice } = this.#flow
    const packet: Packet = { ...this.#firstPacket(), tcpFlags: ACK, state: 'ESTABLISHED' }
    const passage = this.#passage('acknowledgement')
    const device = origin.kind === 'peer' ? origin.interface : (this.#world.surrounding.inner?.bridge ?? '')
    const { at } = origin.kind === 'pod' ? sendFromPod(packet, passage, bindToDevice) : enterPod(packet, device, passage)
    return at === 'pod' || at === 'wire'
  }

  #passage(stage: Step['packet']): Passage {
    return { ruleset: this.#ruleset, world: this.#world, connection: this.#connection, stage, steps: this.#steps }
  }
}

/**
 * IPv6 looks for the way back to ::1 on the interface whose address was reached, and sends no RST where that is not lo
 * (tcp_v6_send_response in net/ipv6/tcp_ipv6.c, by rt6_need_strict).
 */
function isUnanswerable({ protocol, source, destination }: Packet): boolean {
  return protocol === 'tcp' && source.address === '::1' && !isLoopback(destination.address)
}

const copy = (packet: Packet): Packet => ({ ...packet, source: { ...packet.source }, destination: { ...packet.destination } })
