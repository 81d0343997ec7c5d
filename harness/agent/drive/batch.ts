import { type AddressPort, sameAddressPort } from '../../core/address.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Protocol } from '../../flow/flow.ts'
import type { Hop } from '../../flow/verdict.ts'
import type { FlowPlan } from '../protocol.ts'
import type { ProbeOutcome, WorkerEvent } from '../worker/protocol.ts'
import { type Conversation, isUnsent } from './facts.ts'

export type Arrived = Extract<WorkerEvent, { event: 'arrived' }>
type Dialled = Extract<WorkerEvent, { event: 'dialled' }>

export interface Sent {
  key: number
  plan: FlowPlan
  source: AddressPort
}

/**
 * What the processes have told of the flows that are under way together. Every connection in a pod has a source port that
 * no other one has, the stub's own dials too, so ports tie together what different processes saw, in whatever order they
 * tell it.
 */
export class Batch {
  readonly #sent = new Map<number, Sent>()
  readonly #outcomes = new Map<number, ProbeOutcome>()
  readonly #arrivals = new Map<number, Arrived>()
  readonly #dials = new Map<number, Dialled>()
  readonly #ports = new Set<number>()
  readonly #renamed = new Map<number, number>()
  readonly #conversations = new Map<number, { heard?: string; error?: string }>()
  /** Protocols by which somebody got something of which not even the kernel knows whose it is. */
  readonly #nameless = new Set<Protocol>()
  /** Ports of connections on which something is not acknowledged, as each process has it. */
  readonly #unheard = new Map<number, readonly number[]>()
  /** Ports of connections that were reset to whoever had accepted them. */
  readonly #broken = new Set<number>()
  readonly #proxy: Credentials
  #changed = Promise.withResolvers<void>()
  #failed = false
  /** Grows with everything that is told. */
  revision = 0

  constructor(flows: readonly Sent[], proxy: Credentials) {
    for (const flow of flows) {
      this.#sent.set(flow.key, flow)
      this.#ports.add(flow.source.port)
    }
    this.#proxy = proxy
  }

  get flows(): Iterable<Sent> {
    return this.#sent.values()
  }

  /** Resolves when something more has been told. */
  get changed(): Promise<void> {
    return this.#changed.promise
  }

  hear(event: WorkerEvent): void {
    switch (event.event) {
      case 'outcome':
        this.#outcomes.set(event.key, event.outcome)
        break
      case 'arrived':
        this.#arrivals.set(this.truePort(event.source.port), event)
        break
      case 'dialled':
        this.#dials.set(this.truePort(event.parent.port), event)
        this.#ports.add(event.source.port)
        break
      case 'conversed':
        this.#conversations.set(event.key, event)
        break
      case 'nameless':
        this.#nameless.add(event.protocol)
        break
      case 'moved':
        this.#unheard.set(event.teller, event.unheard)
        break
      case 'broken':
        this.#broken.add(event.port)
        break
      default:
        return
    }
    this.#change()
  }

  /** Nothing more can come: a process that takes part is gone. */
  fail(): void {
    this.#failed = true
    this.#change()
  }

  /** Whether this port is a flow's, or that of one of the stub's dials. */
  knowsPort(port: number): boolean {
    return this.#ports.has(port)
  }

  /** Whether somebody got something of which nobody knows whose it is. */
  hasStranger(protocol: Protocol): boolean {
    const isStranger = ([port, arrival]: [number, Arrived]) => arrival.protocol === protocol && !this.#ports.has(port)
    return this.#nameless.has(protocol) || [...this.#arrivals].some(isStranger)
  }

  /** What seems to come from one port was sent from another one. */
  renamePort(seen: number, sent: number): void {
    this.#renamed.set(seen, sent)
  }

  /** The port that something was sent from which seems to come from this one. */
  truePort(port: number): number {
    return this.#renamed.get(port) ?? port
  }

  outcomeOf(key: number): ProbeOutcome {
    return this.#outcomes.get(key) ?? { state: 'pending' }
  }

  /** What became of a flow's conversation, if it asks for one and has come to somebody, now that nothing more is to come. */
  conversationOf(flow: Sent): Conversation | undefined {
    const known = this.#conversations.get(flow.key)
    if (known !== undefined || !this.isTalking(flow)) return known
    const ports = this.portsOf(flow)
    const isOfFlow = (port: number): boolean => ports.includes(this.truePort(port))
    if ([...this.#unheard.values()].flat().some(isOfFlow)) return { error: 'what one of them said has been lost on the way to the other' }
    if ([...this.#broken].some(isOfFlow)) return { error: 'the connection has been reset to the one that is called, and to nobody else' }
    const last = this.#arrivals.get(ports.at(-1) ?? 0)
    if (last?.conversation !== flow.plan.conversation) return { error: 'whoever is called does not talk' }
    return { silent: true }
  }

  /** The source ports of a flow's connections: the probe's own, then those of the stub's dials in the order of the journey. */
  portsOf({ source }: Sent): number[] {
    const ports: number[] = []
    for (let port: number | undefined = source.port; port !== undefined; ) {
      ports.push(port)
      const dial = this.#dials.get(port)
      port = dial === undefined || ['looped', 'self'].includes(dial.outcome.state) ? undefined : dial.source.port
    }
    return ports
  }

  /** The stations that have witnessed a flow, and whether the last of them is where it ends. */
  journeyOf({ plan, source }: Sent): { hops: Hop[]; ended: boolean } {
    const hops: Hop[] = []
    let port = source.port
    let dialled = plan.destination
    let identity = plan.credentials
    for (;;) {
      const arrival = this.#arrivals.get(port)
      if (arrival === undefined)
        return { hops: port === source.port ? hops : [...hops, { at: 'dropped', dialled, identity }], ended: false }
      const {
        at,
        local,
        original,
        passesOn,
        source: { address: from },
      } = arrival
      const dial = this.#dials.get(port)
      if (dial !== undefined && dial.outcome.state === 'looped')
        return { hops: [...hops, { at: 'looped', local, from, dialled, identity }], ended: true }
      hops.push({ at, local, from, ...(original && { originalDestination: original }), dialled, identity })
      if (passesOn === undefined) return { hops, ended: true }
      if (dial === undefined) return { hops, ended: false }
      // Redirected, and no original destination: the proxy has nowhere to dial on to; whom it asks by DNS it knows by itself.
      if (passesOn !== 'dns' && original === undefined && !sameAddressPort(local, dialled)) return { hops, ended: true }
      dialled = dial.dialled
      identity = this.#proxy
      if (dial.outcome.state === 'self') return { hops: [...hops, { at: 'self', dialled, identity }], ended: true }
      if (dial.outcome.state === 'failed')
        return { hops: [...hops, { at: isUnsent(dial.outcome) ? 'dropped' : 'refused', dialled, identity }], ended: true }
      // Of a datagram its receiver tells, whether its answer comes back or not.
      const isUnseen = plan.protocol === 'tcp' || !this.#arrivals.has(dial.source.port)
      if (dial.outcome.state === 'pending' && isUnseen) return { hops: [...hops, { at: 'dropped', dialled, identity }], ended: false }
      port = dial.source.port
    }
  }

  /** Whether nothing more is to come of a flow. */
  isOver(flow: Sent): boolean {
    if (this.#failed) return true
    const outcome = this.outcomeOf(flow.key)
    if (outcome.state === 'failed') return true
    if (outcome.state === 'pending') return false
    if (flow.plan.protocol === 'icmp') return true
    if (!this.journeyOf(flow).ended) return false
    return flow.plan.conversation === undefined || this.#conversations.has(flow.key)
  }

  /** Whether two ends are still talking, and nothing has been lost. */
  isSilent(flow: Sent): boolean {
    const conversation = this.conversationOf(flow)
    return conversation !== undefined && 'silent' in conversation
  }

  /** Whether all that a flow still lacks is for its two ends to finish talking. */
  isTalking(flow: Sent): boolean {
    const { state } = this.outcomeOf(flow.key)
    return state === 'answered' && flow.plan.conversation !== undefined && this.journeyOf(flow).ended && !this.#conversations.has(flow.key)
  }

  #change(): void {
    this.revision += 1
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
