import type { Socket as UdpSocket } from 'node:dgram'
import { Socket } from 'node:net'
import { closeSync } from 'node:fs'
import type { Credentials } from '../../flow/identity.ts'
import { inNamespace, openNamespace } from '../../sys/namespaces/network-namespace.ts'
import { lackOfFiles, requireRoom } from '../../sys/files/open-files.ts'
import { ReadableSet } from '../../sys/sockets/readable-set.ts'
import { closeSocket } from '../../sys/sockets/sockets.ts'
import { encodeEcho } from '../echo.ts'
import { answering } from './answering.ts'
import { asIdentity } from './as-identity.ts'
import type { Attempt } from './attempt.ts'
import { converse } from './conversation.ts'
import { DatagramAttempt } from './datagram-attempt.ts'
import { answerSaying } from './datagrams.ts'
import type { Emit } from './events.ts'
import type { Command, ListenerSpec, ProbeSpec } from './protocol.ts'
import { RawAttempt } from './raw-attempt.ts'
import { Stub } from './stub.ts'
import { type Connection, Talk } from './talk.ts'
import { TcpAttempt } from './tcp-attempt.ts'
import { type Arrival, type Caller, TcpListener } from './tcp-listener.ts'
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

interface Taking {
  listener: TcpListener
  as: Credentials | undefined
  take: (caller: Caller) => void
}

/** What one process does in one pod: listeners, probes, and the stub if it is the proxy. */
export class PodWork {
  readonly #pod: string
  readonly #emit: Emit
  readonly #namespaces = new Map<string, number>()
  readonly #datagrams: UdpSocket[] = []
  /** What takes each connection of a TCP listener, and as whom, by its descriptor. */
  readonly #listeners = new Map<number, Taking>()
  /** The TCP listeners. */
  readonly #listening = new ReadableSet()
  /** Connections accepted on which nothing is said. */
  #accepted: number[] = []
  /** Those on which something is, and the ports that they were made from. */
  readonly #talking = new Map<Socket, number>()
  readonly #talk = new Talk()
  #probes: Probe[] = []
  #stub: Stub | undefined

  constructor(pod: string, emit: Emit) {
    this.#pod = pod
    this.#emit = emit
  }

  listen({ listeners, routing, as }: Extract<Command, { do: 'listen' }>): void {
    requireRoom(listeners.length + connectionsOfAStep)
    if (routing !== undefined) this.#stub = new Stub(routing, this.#namespace(routing.namespace), this.#emit, as)
    this.#each(listeners, as, (spec) => this.#open(spec, as))
  }

  probe({ probes, as }: Extract<Command, { do: 'probe' }>): void {
    requireRoom(probes.length)
    const before = this.#probes.length
    this.#each(probes, as, (spec) => this.#send(spec))
    for (const probe of this.#probes.slice(before)) this.#tell(probe)
  }

  /** Each in its namespace, as whoever is to have its socket. */
  #each<T extends { namespace: string }>(all: readonly T[], as: Credentials | undefined, open: (one: T) => void): void {
    for (const [namespace, own] of Map.groupBy(all, ({ namespace }) => namespace))
      inNamespace(this.#namespace(namespace), () => asIdentity(as, () => own.forEach(open)))
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

  /** Readable if somebody calls, or something comes first on a connection. */
  get readable(): number[] {
    return [this.#listening.fd, ...(this.#stub === undefined ? [] : [this.#stub.readable])]
  }

  /** Accepts whoever waits for it, reads every open attempt once more, and says whether anything moves. */
  check(): void {
    this.#accept()
    for (const probe of this.#probes) if (probe.attempt.check()) this.#tell(probe)
    const hasBegun = this.#stub?.check() ?? false
    const unheard = this.#talk.look(this.#connections(), hasBegun)
    if (unheard !== undefined) this.#emit({ event: 'moved', pod: this.#pod, pid: process.pid, unheard })
  }

  /**
   * As whoever listens: an accepted socket has the credentials of whoever accepts it. In the stub's namespace, where
   * there is one: it dials on for each of them.
   */
  #accept(): void {
    for (let ready = this.#ready(); ready.length > 0; ready = this.#ready())
      for (const [as, own] of Map.groupBy(ready, ({ as }) => as)) {
        const takeAll = (): void =>
          asIdentity(as, () => {
            for (const { listener, take } of own) for (const caller of listener.callers()) take(caller)
          })
        if (this.#stub === undefined) takeAll()
        else inNamespace(this.#stub.namespace, takeAll)
      }
  }

  #ready(): Taking[] {
    return this.#listening.ready().flatMap((fd) => this.#listeners.get(fd) ?? [])
  }

  *#connections(): Iterable<Connection> {
    for (const { spec, socket } of this.#probes) if (socket !== undefined) yield { socket, port: spec.source.port }
    for (const [socket, port] of this.#talking) yield { socket, port }
    if (this.#stub !== undefined) yield* this.#stub.connections()
  }

  finish(): void {
    for (const { attempt, socket } of this.#probes) {
      if (socket === undefined) attempt.close()
      else socket.resetAndDestroy()
    }
    this.#probes = []
    this.#stub?.finish()
    // By RST, as `TcpListener` has it.
    for (const fd of this.#accepted) closeSocket(fd)
    this.#accepted = []
    for (const socket of this.#talking.keys()) socket.resetAndDestroy()
    this.#talking.clear()
  }

  close(): void {
    this.finish()
    this.#listening.close()
    this.#stub?.close()
    for (const { listener } of this.#listeners.values()) listener.close()
    for (const socket of this.#datagrams) socket.close()
    for (const fd of this.#namespaces.values()) closeSync(fd)
  }

  #open(spec: ListenerSpec, as: Credentials | undefined): void {
    const { at, passesOn, isDns, protocol, conversation } = spec
    const tell = (arrival: Arrival) =>
      this.#emit({
        event: 'arrived',
        pod: this.#pod,
        at,
        protocol,
        ...arrival,
        ...(passesOn && { passesOn }),
        ...(isDns && { isDns }),
        ...(conversation && { conversation }),
      })
    if (protocol === 'udp') {
      const socket = listenUdp(spec, (arrival, data, answer) => {
        tell(arrival)
        if (passesOn === undefined || this.#stub === undefined) answer(answerSaying(at))
        else this.#stub.ask(at, passesOn, arrival, data, answer)
      })
      return void this.#datagrams.push(socket)
    }
    const listener = new TcpListener(spec)
    const answer = answering(spec)
    const take = ({ fd, arrival }: Caller): void => {
      if (arrival === undefined) this.#emit({ event: 'nameless', pod: this.#pod, protocol })
      else tell(arrival)
      if (answer !== undefined) this.#converse(fd, arrival?.source.port, answer)
      else if (arrival !== undefined && passesOn !== undefined && this.#stub !== undefined)
        this.#stub.accept(at, passesOn, fd, arrival)
      else this.#accepted.push(fd)
    }
    this.#listeners.set(listener.fd, { listener, as, take })
    this.#listening.add(listener.fd)
  }

  /** Has Node talk on a connection. @param port that it was made from, if that is known. */
  #converse(fd: number, port: number | undefined, answer: (socket: Socket) => void): void {
    const socket = new Socket({ fd })
    socket.on('error', () => socket.destroy())
    answer(socket)
    if (port === undefined) return
    this.#talking.set(socket, port)
    socket.once('close', () => this.#talking.delete(socket))
    socket.once('error', () => this.#emit({ event: 'broken', pod: this.#pod, port }))
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
