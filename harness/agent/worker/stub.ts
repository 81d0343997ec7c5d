import { Socket } from 'node:net'
import { type AddressPort, familyOf, isLoopback, wildcardAddresses } from '../../core/address.ts'
import type { Relay } from '../../flow/listener.ts'
import type { ListenerName } from '../../flow/verdict.ts'
import { SystemCallError } from '../../sys/libc.ts'
import { inNamespace } from '../../sys/network-namespace.ts'
import { type NextDial, nextDial } from '../next-dial.ts'
import { PortCycle } from '../source-ports.ts'
import type { Emit } from './events.ts'
import type { RoutingSpec } from './protocol.ts'
import { TcpAttempt } from './tcp-attempt.ts'
import type { Arrival } from './tcp-listener.ts'

interface Dial {
  parent: AddressPort
  dialled: AddressPort
  attempt: TcpAttempt
  downstream: Socket
  /** Listeners that the connection has been through, this one included. */
  through: readonly ListenerName[]
  /** The dialled connection, once it is relayed. */
  upstream?: Socket
}

/**
 * What stands in for Envoy in one pod: whatever a listener accepts is dialled on, as the profile says. It knows its own dials by their source port, so it sees a
 * loop when it accepts one.
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

  accept(at: ListenerName, relays: Relay['captures'], downstream: Socket, { source, local, original }: Arrival): void {
    const through = this.#dials.get(source.port)?.through ?? []
    // Where connection tracking knows nothing, the socket's own address is what was dialled.
    const destination = original ?? local
    const next = nextDial(relays, destination, source, this.#routing)
    const dialled = next.to
    const answer = { event: 'dialled', pod: this.#routing.pod, parent: source, source, dialled } as const
    if (through.includes(at)) return this.#refuse(downstream, { ...answer, outcome: { state: 'looped' } })
    if (this.#isOwn(dialled)) return this.#refuse(downstream, { ...answer, outcome: { state: 'self' } })
    const attempt = inNamespace(this.#namespace, () => this.#dial(next))
    // Where it cannot even be bound, as to an address that is not there, nobody is dialled.
    if (!(attempt instanceof TcpAttempt))
      return this.#refuse(downstream, { ...answer, source: attempt.source, outcome: { state: 'failed', code: attempt.code } })
    const dial: Dial = { parent: source, dialled, attempt, downstream, through: [...through, at] }
    this.#dials.set(attempt.source.port, dial)
    this.#tell(dial)
  }

  /** Reads open dials once more. */
  check(): void {
    for (const dial of this.#dials.values()) if (dial.attempt.check()) this.#tell(dial)
  }

  /** The connections that it has dialled on. */
  get upstreams(): { socket: Socket; port: number }[] {
    return [...this.#dials].flatMap(([port, { upstream }]) => (upstream === undefined ? [] : [{ socket: upstream, port }]))
  }

  /** Lets go of everything that was dialled on. */
  finish(): void {
    for (const { attempt, downstream, upstream } of this.#dials.values()) {
      downstream.resetAndDestroy()
      if (upstream === undefined) attempt.close()
    }
    this.#dials.clear()
  }

  /**
   * Dials from a port that it has not had: one that the kernel chooses may still be in the table of connections, and is then changed
   * on the way (nf_nat_used_tuple in net/netfilter/nf_nat_core.c), so that the dial would not be known for its own where it loops.
   */
  #dial({ to, from, ...options }: NextDial): TcpAttempt | { source: AddressPort; code: string } {
    const family = familyOf(to.address) ?? 'ipv4'
    for (let tried = 0; ; tried += 1) {
      const source = { address: from ?? wildcardAddresses[family], port: this.#ports.take() }
      try {
        return new TcpAttempt({ family, source, destination: to, ...options })
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error
        if (error.code === 'EADDRNOTAVAIL') return { source, code: error.code }
        if (error.code !== 'EADDRINUSE' || tried >= this.#ports.size) throw error
      }
    }
  }

  #isOwn({ address, port }: AddressPort): boolean {
    return this.#routing.ownPorts.includes(port) && (isLoopback(address) || this.#routing.podAddresses.includes(address))
  }

  #refuse(downstream: Socket, event: Parameters<Emit>[0]): void {
    this.#emit(event)
    downstream.resetAndDestroy()
  }

  #tell(dial: Dial): void {
    const { parent, dialled, attempt, downstream } = dial
    const source = attempt.outcome.state === 'answered' ? attempt.outcome.local : attempt.source
    this.#emit({ event: 'dialled', pod: this.#routing.pod, parent, source, dialled, outcome: attempt.outcome })
    if (attempt.outcome.state === 'failed') downstream.resetAndDestroy()
    if (attempt.outcome.state === 'answered') {
      dial.upstream = new Socket({ fd: attempt.fd })
      relay(downstream, dial.upstream)
    }
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
