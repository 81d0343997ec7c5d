import { Socket } from 'node:net'
import { type AddressPort, familyOf, isLoopback, sameAddressPort, wildcardAddresses } from '../../core/address.ts'
import type { Captured } from '../../flow/listener.ts'
import type { ListenerName } from '../../flow/verdict.ts'
import { SystemCallError } from '../../sys/libc.ts'
import { inNamespace } from '../../sys/network-namespace.ts'
import { type NextDial, nextDial } from '../next-dial.ts'
import { PortCycle } from '../source-ports.ts'
import type { Attempt, AttemptSpec } from './attempt.ts'
import { DatagramAttempt } from './datagram-attempt.ts'
import type { Emit } from './events.ts'
import type { ProbeOutcome, RoutingSpec } from './protocol.ts'
import { TcpAttempt } from './tcp-attempt.ts'
import type { Arrival } from './tcp-listener.ts'

/** Receives the result of what was passed on. */
interface Downstream {
  /** The dialled end has answered. @returns the connection to it, where it is one. */
  answered(attempt: Attempt, outcome: Extract<ProbeOutcome, { state: 'answered' }>): Socket | undefined
  /** Nobody is there, or nothing is passed on. */
  refused(): void
  /** Everything is let go of. */
  end(): void
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
  /** The dialled connection, once it is relayed. */
  upstream?: Socket
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
  readonly #dials = new Map<number, Dial>()
  readonly #ports: PortCycle

  constructor(routing: RoutingSpec, namespace: number, emit: Emit) {
    this.#routing = routing
    this.#namespace = namespace
    this.#emit = emit
    this.#ports = new PortCycle(routing.dialPorts)
  }

  /** Passes a connection on. */
  accept(at: ListenerName, captures: Captured, socket: Socket, arrival: Arrival): void {
    this.#passOn(at, captures, { protocol: 'tcp', ...arrival }, relaying(socket), (spec) => new TcpAttempt(spec))
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
      answered: (_, { answer: said = '' }) => void answer(Buffer.from(said, 'latin1')),
      refused: () => answer('SERVFAIL\n'),
      end: () => {},
    }
    this.#passOn(
      at,
      captures,
      { protocol: 'udp', ...arrival },
      downstream,
      (spec) => new DatagramAttempt('udp', spec, question),
    )
  }

  /** Reads open dials once more. */
  check(): void {
    for (const dial of this.#dials.values()) if (dial.attempt.check()) this.#tell(dial)
  }

  /** The connections that it has dialled on. */
  get upstreams(): { socket: Socket; port: number }[] {
    return [...this.#dials].flatMap(([port, { upstream }]) =>
      upstream === undefined ? [] : [{ socket: upstream, port }],
    )
  }

  /** Lets go of everything that was dialled on. */
  finish(): void {
    for (const { attempt, downstream, upstream } of this.#dials.values()) {
      downstream.end()
      if (upstream === undefined) attempt.close()
    }
    this.#dials.clear()
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
    const dial = inNamespace(this.#namespace, () => this.#dial(next, open))
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
    const upstream = downstream.answered(attempt, outcome)
    if (upstream !== undefined) dial.upstream = upstream
  }
}

function relaying(downstream: Socket): Downstream {
  return {
    answered: ({ fd }) => {
      const upstream = new Socket({ fd })
      relay(downstream, upstream)
      return upstream
    },
    refused: () => downstream.resetAndDestroy(),
    end: () => downstream.resetAndDestroy(),
  }
}

/** Passes on what either side says, its end included; an error on one side is a reset on the other. */
function relay(downstream: Socket, upstream: Socket): void {
  if (downstream.destroyed) return void upstream.resetAndDestroy()
  upstream.on('error', () => downstream.resetAndDestroy())
  downstream.on('close', () => upstream.resetAndDestroy())
  downstream.pipe(upstream)
  upstream.pipe(downstream)
}
