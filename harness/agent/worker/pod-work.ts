import type { Socket as UdpSocket } from 'node:dgram'
import { type Server, Socket } from 'node:net'
import { inNamespace, openNamespace } from '../../sys/network-namespace.ts'
import { lackOfFiles, requireRoom } from '../../sys/open-files.ts'
import { waitingCallers } from '../../sys/sockets.ts'
import { closeSync } from 'node:fs'
import { encodeEcho } from '../echo.ts'
import type { Attempt } from './attempt.ts'
import { converse } from './conversation.ts'
import { DatagramAttempt } from './datagram-attempt.ts'
import type { Emit } from './events.ts'
import type { Command, ListenerSpec, ProbeSpec } from './protocol.ts'
import { RawAttempt } from './raw-attempt.ts'
import { Stub } from './stub.ts'
import { type Connection, Talk } from './talk.ts'
import { TcpAttempt } from './tcp-attempt.ts'
import { type Arrival, listenTcp } from './tcp-listener.ts'
import { listenUdp } from './udp-listener.ts'

/**
 * The most that a batch of flows (drive/split-batches.ts) takes: the stub has both ends of each, twice if it passes two
 * listeners.
 */
const connectionsOfAStep = 4 * 64

interface Probe {
  spec: ProbeSpec
  attempt: Attempt
  /** A conversation has taken over the connection. */
  socket?: Socket
}

/** What one identity's process does in one pod: its listeners, its probes, and the stub if it is the proxy. */
export class PodWork {
  readonly #pod: string
  readonly #emit: Emit
  readonly #namespaces = new Map<string, number>()
  readonly #servers: (Server | UdpSocket)[] = []
  /** Descriptors of the TCP listeners among them. */
  readonly #listening: number[] = []
  /** Connections accepted, by their sockets, and the ports that they were made from. */
  readonly #accepted = new Map<Socket, number>()
  readonly #talk = new Talk()
  #probes: Probe[] = []
  #stub: Stub | undefined

  constructor(pod: string, emit: Emit) {
    this.#pod = pod
    this.#emit = emit
  }

  listen({ listeners, routing }: Extract<Command, { do: 'listen' }>): void {
    requireRoom(listeners.length + connectionsOfAStep)
    if (routing !== undefined) this.#stub = new Stub(routing, this.#namespace(routing.namespace), this.#emit)
    for (const spec of listeners)
      inNamespace(this.#namespace(spec.namespace), () => this.#servers.push(this.#open(spec)))
  }

  /** @param as opens their sockets as whoever is to have them. */
  probe(specs: readonly ProbeSpec[], as: (open: () => void) => void = (open) => open()): void {
    requireRoom(specs.length)
    const before = this.#probes.length
    for (const [namespace, own] of Map.groupBy(specs, ({ namespace }) => namespace))
      inNamespace(this.#namespace(namespace), () => as(() => own.forEach((spec) => this.#send(spec))))
    for (const probe of this.#probes.slice(before)) this.#tell(probe)
  }

  #send(spec: ProbeSpec): void {
    try {
      this.#probes.push({ spec, attempt: open(spec) })
    } catch (error) {
      if (lackOfFiles(error) !== undefined) throw error
      const code = error instanceof Error ? error.message : String(error)
      this.#emit({ event: 'outcome', pod: this.#pod, key: spec.key, outcome: { state: 'failed', code } })
    }
  }

  /**
   * Whether somebody waits to be accepted. Node accepts one connection a turn (uv__server_io in libuv's
   * src/unix/stream.c).
   */
  get hasCallers(): boolean {
    return this.#listening.some((fd) => waitingCallers(fd) > 0)
  }

  /** Reads every open attempt once more, and says whether anything moves on the connections. */
  check(): void {
    for (const probe of this.#probes) if (probe.attempt.check()) this.#tell(probe)
    this.#stub?.check()
    const unheard = this.#talk.look(this.#connections())
    if (unheard !== undefined) this.#emit({ event: 'moved', pod: this.#pod, pid: process.pid, unheard })
  }

  *#connections(): Iterable<Connection> {
    for (const { spec, socket } of this.#probes) if (socket !== undefined) yield { socket, port: spec.source.port }
    for (const [socket, port] of this.#accepted) yield { socket, port }
    yield* this.#stub?.upstreams ?? []
  }

  finish(): void {
    for (const { attempt, socket } of this.#probes) {
      if (socket === undefined) attempt.close()
      else socket.resetAndDestroy()
    }
    this.#probes = []
    this.#stub?.finish()
    // By RST: a port in TIME_WAIT would be in the way of a flow that wants it as its source.
    for (const socket of this.#accepted.keys()) socket.resetAndDestroy()
    this.#accepted.clear()
  }

  close(): void {
    this.finish()
    this.#listening.length = 0
    for (const server of this.#servers) server.close()
    for (const fd of this.#namespaces.values()) closeSync(fd)
  }

  #open(spec: ListenerSpec): Server | UdpSocket {
    const { at, passesOn, isDns, protocol, conversation } = spec
    const tell = (arrival: Arrival) =>
      this.#emit({
        ...{ event: 'arrived', pod: this.#pod, at, protocol, ...arrival },
        ...(passesOn && { passesOn }),
        ...(isDns && { isDns }),
        ...(conversation && { conversation }),
      })
    if (protocol === 'udp')
      return listenUdp(spec, (arrival, data, answer) => {
        tell(arrival)
        if (passesOn === undefined || this.#stub === undefined) answer(`${at}\n`)
        else this.#stub.ask(at, passesOn, arrival, data, answer)
      })
    const { server, fd } = listenTcp(spec, (socket, arrival) => {
      if (arrival === undefined) return this.#emit({ event: 'nameless', pod: this.#pod, protocol })
      tell(arrival)
      const { port } = arrival.source
      this.#accepted.set(socket, port)
      socket.once('close', () => this.#accepted.delete(socket))
      if (conversation !== undefined) socket.once('error', () => this.#emit({ event: 'broken', pod: this.#pod, port }))
      if (passesOn !== undefined) this.#stub?.accept(at, passesOn, socket, arrival)
    })
    this.#listening.push(fd)
    return server
  }

  #tell(probe: Probe): void {
    const { spec, attempt } = probe
    this.#emit({ event: 'outcome', pod: this.#pod, key: spec.key, outcome: attempt.outcome })
    if (spec.conversation === undefined || attempt.outcome.state !== 'answered') return
    const socket = new Socket({ fd: attempt.fd })
    probe.socket = socket
    const done = (said: { heard: string } | { error: string }): void => {
      // A probe that was closed before reports nothing.
      if (this.#probes.includes(probe)) this.#emit({ event: 'conversed', pod: this.#pod, key: spec.key, ...said })
      socket.resetAndDestroy()
    }
    converse(spec, socket).then(
      (heard) => done({ heard }),
      (error: Error) => done({ error: error.message }),
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
  const { protocol, family, key, raw } = spec
  if (raw !== undefined) return new RawAttempt({ ...spec, raw })
  if (protocol === 'tcp') return new TcpAttempt(spec)
  return protocol === 'icmp'
    ? new DatagramAttempt('ping', spec, encodeEcho(family, key))
    : new DatagramAttempt('udp', spec, Buffer.from(`${key}\n`))
}
