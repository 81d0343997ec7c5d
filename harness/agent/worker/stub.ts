import { type AddressPort, familyOf, isLoopback, sameAddressPort, wildcardAddresses } from '../../core/address.ts'
import type { Captured } from '../../flow/listener.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { ListenerName } from '../../flow/verdict.ts'
import { SystemCallError } from '../../sys/libc/libc.ts'
import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { ReadableSet } from '../../sys/sockets/readable-set.ts'
import { type NextDial, nextDial } from '../next-dial.ts'
import { PortCycle } from '../source-ports.ts'
import { asIdentity } from './as-identity.ts'
import type { Attempt, AttemptSpec } from './attempt.ts'
import { DatagramAttempt } from './datagram-attempt.ts'
import { answerSaying } from './datagrams.ts'
import type { Emit } from './events.ts'
import type { ProbeOutcome, RoutingSpec } from './protocol.ts'
import { Relay } from './relay.ts'
import type { Connection } from './talk.ts'
import { TcpAttempt } from './tcp-attempt.ts'
import type { Arrival } from './tcp-listener.ts'

/** Receives the result of what was passed on. */
interface Downstream {
  /** The dialled end has answered. @returns whether the connection to it is now the receiver's. */
  answered(dial: Dial, outcome: Extract<ProbeOutcome, { state: 'answered' }>): boolean
  /** Nobody is there, or nothing is passed on. */
  refused(): void
}

interface Dial {
  parent: AddressPort
  /** How that had arrived. */
  accepted: { protocol: 'tcp' | 'udp'; local: AddressPort }
  dialled: AddressPort
  attempt: Attempt
  /** What it was bound to. */
  source: AddressPort
  downstream: Downstream
  /** Listeners that the connection has been through, this one included. */
  through: readonly ListenerName[]
  /** The downstream has its connection. */
  isTaken?: true
}

/**
 * What stands in for the proxy in one pod: whatever a listener accepts is dialled on, as the profile says, and what it
 * is asked by DNS is asked of a server. It knows its own dials by their source port, so it sees a loop when it accepts
 * one.
 */
export class Stub {
  readonly #routing: RoutingSpec
  readonly #namespace: number
  readonly #emit: Emit
  readonly #as: Credentials | undefined
  readonly #dials = new Map<number, Dial>()
  readonly #ports: PortCycle
  readonly #relays = new Set<Relay>()
  /** Those whose dial stands, by either end. */
  readonly #byDescriptor = new Map<number, Relay>()
  /** Relayed connections on which nothing has been said. */
  readonly #quiet = new ReadableSet()

  /** @param as whoever is to have its dials, where that is not who the process is. */
  constructor(routing: RoutingSpec, namespace: number, emit: Emit, as?: Credentials) {
    this.#as = as
    this.#routing = routing
    this.#namespace = namespace
    this.#emit = emit
    this.#ports = new PortCycle(routing.dialPorts)
  }

  /** Where it dials. */
  get namespace(): number {
    return this.#namespace
  }

  /** Passes a connection on, which is the stub's from now on. */
  accept(at: ListenerName, captures: Captured, fd: number, arrival: Arrival): void {
    const relay = new Relay({ fd, port: arrival.source.port }, this.#quiet)
    this.#relays.add(relay)
    const downstream: Downstream = {
      answered: ({ attempt, source }) => {
        relay.join({ fd: attempt.fd, port: source.port })
        for (const fd of relay.descriptors) this.#byDescriptor.set(fd, relay)
        return true
      },
      refused: () => relay.end(),
    }
    this.#passOn(at, captures, { protocol: 'tcp', ...arrival }, downstream, (spec) => new TcpAttempt(spec))
  }

  /**
   * Passes on a DNS question that came by UDP, from a socket of its own; if that fails, the client gets SERVFAIL (RFC
   * 1035, 4.1.1).
   */
  ask(
    at: ListenerName,
    captures: Captured,
    arrival: Arrival,
    question: Buffer,
    answer: (said: string | Buffer) => void,
  ): void {
    const downstream: Downstream = {
      answered: (_, { answer: said = '' }) => {
        answer(Buffer.from(said, 'latin1'))
        return false
      },
      refused: () => answer(answerSaying('SERVFAIL')),
    }
    this.#passOn(
      at,
      captures,
      { protocol: 'udp', ...arrival },
      downstream,
      (spec) => new DatagramAttempt('udp', spec, question),
    )
  }

  /** Reads open dials once more. @returns whether something has come first on one of the connections. */
  check(): boolean {
    for (const dial of this.#dials.values()) if (dial.attempt.check()) this.#tell(dial)
    const spoken = new Set(this.#quiet.ready().flatMap((fd) => this.#byDescriptor.get(fd) ?? []))
    for (const relay of spoken) relay.begin()
    return spoken.size > 0
  }

  /** The connections on which something has been said, those that it has accepted and those that it has dialled. */
  *connections(): Iterable<Connection> {
    for (const relay of this.#relays) yield* relay.connections
  }

  /** Readable if something comes first on a connection. */
  get readable(): number {
    return this.#quiet.fd
  }

  /** Lets go of everything that has been accepted and dialled. */
  finish(): void {
    for (const { attempt, isTaken } of this.#dials.values()) if (!isTaken) attempt.close()
    this.#dials.clear()
    for (const relay of this.#relays) relay.end()
    this.#relays.clear()
    this.#byDescriptor.clear()
  }

  close(): void {
    this.finish()
    this.#quiet.close()
  }

  #passOn(
    at: ListenerName,
    captures: Captured,
    { protocol, source, local, original }: Arrival & { protocol: 'tcp' | 'udp' },
    downstream: Downstream,
    open: (spec: AttemptSpec) => Attempt,
  ): void {
    const through = this.#ownDial(source, original)?.through ?? []
    // Where connection tracking knows nothing, the socket's own address is what was dialled.
    const next = nextDial(captures, original ?? local, source, this.#routing)
    const dialled = next.to
    const accepted = { protocol, local }
    const refuse = (
      outcome: { state: 'looped' | 'self' } | Extract<ProbeOutcome, { state: 'failed' }>,
      from = source,
    ): void => {
      this.#emit({ event: 'dialled', pod: this.#routing.pod, parent: source, accepted, source: from, dialled, outcome })
      downstream.refused()
    }
    if (through.includes(at)) return refuse({ state: 'looped' })
    if (this.#isOwn(dialled)) return refuse({ state: 'self' })
    const dial = inNamespace(this.#namespace, () => asIdentity(this.#as, () => this.#dial(next, open)))
    // Where it cannot even be bound, as to an address that is not there, nobody is dialled.
    if ('code' in dial) return refuse({ state: 'failed', code: dial.code }, dial.source)
    const begun: Dial = { parent: source, accepted, dialled, ...dial, downstream, through: [...through, at] }
    this.#dials.set(dial.source.port, begun)
    this.#tell(begun)
  }

  /**
   * Dials from a port that it has not had: one that the kernel chooses may still be in the table of connections, and is
   * then changed on the way (nf_nat_used_tuple in net/netfilter/nf_nat_core.c), so that the dial would not be known for
   * its own where it loops.
   */
  #dial(
    { to, from, ...options }: NextDial,
    open: (spec: AttemptSpec) => Attempt,
  ): { attempt: Attempt; source: AddressPort } | { code: string; source: AddressPort } {
    const family = familyOf(to.address) ?? 'ipv4'
    for (let tried = 0; ; tried += 1) {
      const source = { address: from ?? wildcardAddresses[family], port: this.#ports.take() }
      try {
        return { attempt: open({ family, source, destination: to, ...options }), source }
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error
        if (error.code === 'EADDRNOTAVAIL') return { source, code: error.code }
        if (error.code !== 'EADDRINUSE' || tried >= this.#ports.size) throw error
      }
    }
  }

  /**
   * The dial that comes back here, if it is one: it was sent to where that is known to have been dialled. Without that,
   * a port that nat has chosen by chance would be taken for one of ours.
   */
  #ownDial({ port }: AddressPort, original: AddressPort | undefined): Dial | undefined {
    const dial = this.#dials.get(port)
    return dial === undefined || original === undefined || sameAddressPort(original, dial.dialled) ? dial : undefined
  }

  #isOwn({ address, port }: AddressPort): boolean {
    return (
      this.#routing.ownPorts.includes(port) && (isLoopback(address) || this.#routing.podAddresses.includes(address))
    )
  }

  #tell(dial: Dial): void {
    const { parent, accepted, dialled, attempt, downstream } = dial
    const { outcome } = attempt
    const source = outcome.state === 'answered' ? outcome.local : dial.source
    this.#emit({ event: 'dialled', pod: this.#routing.pod, parent, accepted, source, dialled, outcome })
    if (outcome.state === 'failed') downstream.refused()
    if (outcome.state !== 'answered') return
    if (downstream.answered(dial, outcome)) dial.isTaken = true
  }
}
