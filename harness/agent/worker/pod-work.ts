import type { Socket as UdpSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import { inNamespace, openNamespace } from '../../sys/network-namespace.ts'
import { lackOfFiles, requireRoom } from '../../sys/open-files.ts'
import { closeSync } from 'node:fs'
import type { Attempt } from './attempt.ts'
import { converse } from './conversation.ts'
import { DatagramAttempt } from './datagram-attempt.ts'
import type { Emit } from './events.ts'
import type { Command, ListenerSpec, ProbeSpec } from './protocol.ts'
import { Stub } from './stub.ts'
import { TcpAttempt } from './tcp-attempt.ts'
import { type Arrival, listenTcp } from './tcp-listener.ts'
import { listenUdp } from './udp-listener.ts'

/** What the flows of a step (drive/steps.ts) take at most: the stub has both ends of each, twice where a flow comes by two listeners. */
const connectionsOfAStep = 4 * 64

interface Probe {
  spec: ProbeSpec
  attempt: Attempt
  /** A conversation has taken over the socket. */
  handedOver: boolean
}

/** What one identity's process does in one pod: its listeners, its probes, and the stub if it is the proxy. */
export class PodWork {
  readonly #pod: string
  readonly #emit: Emit
  readonly #namespaces = new Map<string, number>()
  readonly #servers: (Server | UdpSocket)[] = []
  readonly #accepted = new Set<Socket>()
  #probes: Probe[] = []
  #stub: Stub | undefined

  constructor(pod: string, emit: Emit) {
    this.#pod = pod
    this.#emit = emit
  }

  listen({ listeners, routing }: Extract<Command, { do: 'listen' }>): void {
    requireRoom(listeners.length + connectionsOfAStep)
    if (routing !== undefined) this.#stub = new Stub(routing, this.#namespace(routing.namespace), this.#emit)
    for (const spec of listeners) inNamespace(this.#namespace(spec.namespace), () => this.#servers.push(this.#open(spec)))
  }

  probe(specs: readonly ProbeSpec[]): void {
    requireRoom(specs.length)
    for (const spec of specs) {
      try {
        const attempt = inNamespace(this.#namespace(spec.namespace), () => open(spec))
        const probe = { spec, attempt, handedOver: false }
        this.#probes.push(probe)
        this.#tell(probe)
      } catch (error) {
        if (lackOfFiles(error) !== undefined) throw error
        const code = error instanceof Error ? error.message : String(error)
        this.#emit({ event: 'outcome', pod: this.#pod, key: spec.key, outcome: { state: 'failed', code } })
      }
    }
  }

  /** Reads every open attempt once more. */
  check(): void {
    for (const probe of this.#probes) if (probe.attempt.check()) this.#tell(probe)
    this.#stub?.check()
  }

  finish(): void {
    for (const { attempt, handedOver } of this.#probes) if (!handedOver) attempt.close()
    this.#probes = []
    this.#stub?.finish()
    // By RST: a port in TIME_WAIT would be in the way of a flow that wants it as its source.
    for (const socket of this.#accepted) socket.resetAndDestroy()
    this.#accepted.clear()
  }

  close(): void {
    this.finish()
    for (const server of this.#servers) server.close()
    for (const fd of this.#namespaces.values()) closeSync(fd)
  }

  #open(spec: ListenerSpec): Server | UdpSocket {
    const tell = (arrival: Arrival) => this.#emit({ event: 'arrived', pod: this.#pod, at: spec.at, protocol: spec.protocol, ...arrival })
    if (spec.protocol === 'udp') return listenUdp(spec, tell)
    return listenTcp(spec, (socket, arrival) => {
      tell(arrival)
      this.#accepted.add(socket)
      socket.once('close', () => this.#accepted.delete(socket))
      if (spec.at === 'outbound' || spec.at === 'inbound') this.#stub?.accept(spec.at, socket, arrival)
    })
  }

  #tell(probe: Probe): void {
    const { spec, attempt } = probe
    this.#emit({ event: 'outcome', pod: this.#pod, key: spec.key, outcome: attempt.outcome })
    if (spec.conversation === undefined || attempt.outcome.state !== 'answered') return
    probe.handedOver = true
    converse(spec, attempt.fd).then(
      (heard) => this.#emit({ event: 'conversed', pod: this.#pod, key: spec.key, heard }),
      (error: Error) => this.#emit({ event: 'conversed', pod: this.#pod, key: spec.key, error: error.message }),
    )
  }

  #namespace(name: string): number {
    const known = this.#namespaces.get(name)
    if (known !== undefined) return known
    const fd = openNamespace(name)
    this.#namespaces.set(name, fd)
    return fd
  }
}

function open(spec: ProbeSpec): Attempt {
  return spec.protocol === 'tcp' ? new TcpAttempt(spec) : new DatagramAttempt(spec)
}
