import { type AddressPort, familyOf, sameAddressPort, wildcardAddresses } from '../../core/address.ts'
import { HarnessError } from '../../core/errors.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Protocol } from '../../flow/flow.ts'
import type { Hop } from '../../flow/verdict.ts'
import type { FlowPlan } from '../protocol.ts'
import { wayOf } from '../way.ts'
import type { ProbeOutcome, WorkerEvent } from '../worker/protocol.ts'
import { type Conversation, isUnsent } from './facts.ts'

/** Far more than any flow makes, however many talk: what never ends makes thousands a second. */
const mostEvents = { ofAll: 100_000, ofAFlow: 1_000 } as const

export type Arrived = Extract<WorkerEvent, { event: 'arrived' }>
type Dialled = Extract<WorkerEvent, { event: 'dialled' }>

export interface Sent {
  key: number
  plan: FlowPlan
  source: AddressPort
}

/**
 * The events of the flows that are under way together. Every connection in a pod has a source port of its own,
 * the stub's dials included, so ports correlate what different processes report, in whatever order the reports
 * arrive.
 */
export class Batch {
  readonly #sent = new Map<number, Sent>()
  readonly #outcomes = new Map<number, ProbeOutcome>()
  readonly #arrivals = new Map<number, Arrived>()
  readonly #dials = new Map<number, Dialled>()
  /** From which addresses something is sent, by port. */
  readonly #ports = new Map<number, Set<string>>()
  /**
   * The ports that packets were really sent from, by the way that they seem to have come, in turn: a connection that
   * has been refused gives way to the next one (nf_nat_may_kill).
   */
  readonly #senders = new Map<string, number[]>()
  /** The last of them by port alone, for whoever knows no more of them. */
  readonly #renamedPorts = new Map<number, number>()
  readonly #conversations = new Map<number, { heard?: string; error?: string }>()
  /** Protocols for which something arrived that not even the kernel can attribute to a flow. */
  readonly #nameless = new Set<Protocol>()
  /** Source ports of connections with unacknowledged data, as each process reports them. */
  readonly #unheard = new Map<number, readonly number[]>()
  /** Source ports of connections that were reset after they had been accepted. */
  readonly #broken = new Set<number>()
  readonly #proxy: Credentials
  #changed = Promise.withResolvers<void>()
  #failed = false
  /** Protocols with strangers, as far as has been heard. */
  #strangers: { revision: number; protocols: ReadonlySet<Protocol> } | undefined
  #last: WorkerEvent | undefined
  /** Grows with every event. */
  revision = 0

  constructor(flows: readonly Sent[], proxy: Credentials) {
    for (const flow of flows) {
      this.#sent.set(flow.key, flow)
      this.#addSource(flow.source)
    }
    this.#proxy = proxy
  }

  get flows(): Iterable<Sent> {
    return this.#sent.values()
  }

  /** Resolves at the next event. */
  get changed(): Promise<void> {
    return this.#changed.promise
  }

  hear(event: WorkerEvent): void {
    switch (event.event) {
      case 'outcome':
        this.#outcomes.set(event.key, event.outcome)
        break
      case 'arrived':
        this.#arrivals.set(this.truePort(event.source.port, wayOf(event.protocol, event.source, event.local)), event)
        break
      case 'dialled':
        this.#dials.set(this.#parentOf(event), event)
        this.#addSource(event.source)
        break
      case 'conversed':
        this.#conversations.set(event.key, event)
        break
      case 'nameless':
        this.#nameless.add(event.protocol)
        break
      case 'moved':
        this.#unheard.set(event.pid, event.unheard)
        break
      case 'broken':
        this.#broken.add(event.port)
        break
      default:
        return
    }
    this.#last = event
    this.#change()
  }

  /**
   * @throws HarnessError (`sidetrack`) if there are more events than flows that end can make: two who answer each other
   * would keep whoever waits for silence waiting for ever.
   */
  requireEnd(): void {
    if (this.revision <= mostEvents.ofAll + mostEvents.ofAFlow * this.#sent.size) return
    throw new HarnessError('sidetrack', `what is sent goes round without an end: ${JSON.stringify(this.#last)}`)
  }

  /** No more events can come: a process that takes part has died. */
  fail(): void {
    this.#failed = true
    this.#change()
  }

  /** Whether this port is a flow's, or that of one of the stub's dials. */
  knowsPort(port: number): boolean {
    return this.#ports.has(port)
  }

  /** Whether a flow, or one of the stub's dials, is sent from there: 2 from this very address, 1 where its route chooses one. */
  isSource({ address, port }: AddressPort): 0 | 1 | 2 {
    const addresses = this.#ports.get(port)
    if (addresses?.has(address)) return 2
    return addresses?.has(wildcardAddresses[familyOf(address) ?? 'ipv4']) ? 1 : 0
  }

  /** Whether something arrived that cannot be attributed to a flow. */
  hasStranger(protocol: Protocol): boolean {
    if (this.#strangers?.revision !== this.revision) {
      const protocols = new Set(this.#nameless)
      for (const [port, arrival] of this.#arrivals) if (!this.#ports.has(port)) protocols.add(arrival.protocol)
      this.#strangers = { revision: this.revision, protocols }
    }
    return this.#strangers.protocols.has(protocol)
  }

  /** Records that what seems to come from one port, of an echo request with one identifier, was sent from another. */
  rename(protocol: Protocol, seen: AddressPort, local: AddressPort, sent: number): void {
    const way = wayOf(protocol, seen, local)
    const senders = this.#senders.get(way) ?? []
    this.#senders.set(way, senders.includes(sent) ? senders : [...senders, sent])
    if (protocol !== 'icmp') this.#renamedPorts.set(seen.port, sent)
  }

  /** The ports that what comes this way was really sent from, in turn; none where it has not been recorded. */
  sendersBy(way: string): readonly number[] {
    return this.#senders.get(way) ?? []
  }

  /** Whether it has been recorded of what comes this way. */
  isRenamed(way: string): boolean {
    return this.#senders.has(way)
  }

  /**
   * The port that a packet was really sent from, given the one that it seems to come from: nat may choose one that
   * another connection has. @param way where that is known.
   */
  truePort(port: number, way?: string): number {
    if (way !== undefined) return this.#senders.get(way)?.at(-1) ?? port
    return this.#ports.has(port) ? port : (this.#renamedPorts.get(port) ?? port)
  }

  #parentOf({ parent, accepted }: Dialled): number {
    return this.truePort(parent.port, accepted && wayOf(accepted.protocol, parent, accepted.local))
  }

  outcomeOf(key: number): ProbeOutcome {
    return this.#outcomes.get(key) ?? { state: 'pending' }
  }

  /** The result of a flow's conversation, if it asks for one and was received; called when no more events can come. */
  conversationOf(flow: Sent): Conversation | undefined {
    const known = this.#conversations.get(flow.key)
    if (known !== undefined || !this.isTalking(flow)) return known
    const ports = this.portsOf(flow)
    const isOfFlow = (port: number): boolean => ports.includes(this.truePort(port))
    if ([...this.#unheard.values()].flat().some(isOfFlow))
      return { error: 'what one of them said has been lost on the way to the other' }
    if ([...this.#broken].some(isOfFlow))
      return { error: 'the connection has been reset to the one that is called, and to nobody else' }
    const last = this.#arrivals.get(ports.at(-1) ?? 0)
    if (last?.conversation !== flow.plan.conversation) return { error: 'whoever is called does not talk' }
    return { silent: true }
  }

  /**
   * The source ports of a flow's connections: the probe's own, then those of the stub's dials in the order of the
   * journey.
   */
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
      // Redirected without an original destination, the proxy does not know where to dial on to. DNS goes to a
      // configured server.
      if (passesOn !== 'dns' && original === undefined && !sameAddressPort(local, dialled)) return { hops, ended: true }
      dialled = dial.dialled
      identity = this.#proxy
      if (dial.outcome.state === 'self') return { hops: [...hops, { at: 'self', dialled, identity }], ended: true }
      if (dial.outcome.state === 'failed')
        return {
          hops: [...hops, { at: isUnsent(dial.outcome) ? 'dropped' : 'refused', dialled, identity }],
          ended: true,
        }
      // A datagram counts as received even if the answer to it is lost.
      const isUnseen = plan.protocol === 'tcp' || !this.#arrivals.has(dial.source.port)
      if (dial.outcome.state === 'pending' && isUnseen)
        return { hops: [...hops, { at: 'dropped', dialled, identity }], ended: false }
      port = dial.source.port
    }
  }

  /** Whether no more events of a flow can come. */
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
    return (
      state === 'answered' &&
      flow.plan.conversation !== undefined &&
      this.journeyOf(flow).ended &&
      !this.#conversations.has(flow.key)
    )
  }

  #addSource({ address, port }: AddressPort): void {
    this.#ports.set(port, (this.#ports.get(port) ?? new Set()).add(address))
  }

  #change(): void {
    this.revision += 1
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
