import { performance } from 'node:perf_hooks'
import type { AddressPort } from '../../core/address.ts'
import type { Credentials } from '../../flow/identity.ts'
import { type Hop, isListener, type Receiver } from '../../flow/verdict.ts'
import { EveryZone, originalTuple, RenamedSources } from '../conntrack.ts'
import type { Pod } from '../pod/pod.ts'
import type { FlowResult, TracedRule } from '../protocol.ts'
import type { Sighting } from '../raw-witness.ts'
import { ofFirstPacket } from '../trace/first-packet.ts'
import { type PacketKey, type Trace, type Traced, TraceLost } from '../trace/traced.ts'
import { judgeFlow } from '../verdict.ts'
import type { ProbeSpec, WorkerEvent } from '../worker/protocol.ts'
import type { Worker } from '../worker.ts'
import { wayOf } from '../way.ts'
import { everybody, isPrivileged, workerKey } from '../workers.ts'
import type { Note } from '../evidence/record.ts'
import { type FlowFacts, Undecided } from './facts.ts'
import type { Loss } from './loss.ts'
import { ownerOf } from './owner-of.ts'
import { settle, type Observer } from './settle.ts'
import { type Sent, Batch } from './batch.ts'

type Where = [protocol: 'tcp' | 'udp', local: AddressPort, source: AddressPort]

/** What the rules, and what stands beside them, do to what is observed. */
interface Around {
  hasPolicyRouting?: boolean
  renamesPorts?: boolean
  hidesEvents?: boolean
  zones?: readonly number[] | undefined
}

/** Sends flows into a pod that is ready, batch by batch, and says what became of each. */
export class ProbeRun {
  readonly #pod: Pod
  readonly #proxy: Credentials
  /** Every process that listens or probes in the pod. */
  readonly #workers: ReadonlyMap<string, Worker>
  /** Sources of events about the pod that are no processes of ours. */
  readonly #others: readonly Observer[]
  readonly #note: Note
  readonly #loss: Loss
  readonly #trace: Trace
  readonly #hasPolicyRouting: boolean
  /** Where a rule may change the port that a packet comes from. */
  readonly #renamed: RenamedSources | undefined
  /** Where connections may be tracked beside the common zone, where that is known. */
  readonly #known: readonly number[] | undefined
  #batch: Batch | undefined
  #zones: EveryZone | undefined

  constructor(
    pod: Pod,
    proxy: Credentials,
    workers: ReadonlyMap<string, Worker>,
    loss: Loss,
    trace: Trace = pod.trace,
    others: readonly Observer[] = [],
    note: Note = () => {},
    { hasPolicyRouting = false, renamesPorts = false, hidesEvents = false, zones }: Around = {},
  ) {
    this.#pod = pod
    this.#proxy = proxy
    this.#workers = workers
    this.#loss = loss
    this.#trace = trace
    this.#hasPolicyRouting = hasPolicyRouting
    this.#renamed = renamesPorts ? new RenamedSources(pod.namespace.fd, !hidesEvents) : undefined
    this.#known = zones
    this.#others = others
    this.#note = note
    for (const { witness } of pod.witnesses) witness.take()
    if ('learn' in trace) trace.learn()
  }

  /** Takes what the pod's processes tell. */
  hear(event: WorkerEvent): void {
    this.#batch?.hear(this.#completed(event))
  }

  /** No more flows are sent, whatever is still told. */
  [Symbol.dispose](): void {
    this.#renamed?.close()
  }

  /** @throws HarnessError if a process that takes part is lost: nothing is said of any flow then. */
  async drive(flows: readonly Sent[]): Promise<FlowResult[]> {
    const started = performance.now()
    const batch = new Batch(flows, this.#proxy)
    this.#batch = batch
    await this.#send(flows)
    const observers = [...this.#workers.values(), ...this.#others]
    const sentinelPassed = await settle(
      batch,
      this.#pod.name,
      { observers, isOneForeign: this.#others.length > 0 },
      this.#pod.sentinels,
      this.#loss,
    )
    const ended = sentinelPassed
      ? 'and sentinels have come through on every way and CPU'
      : 'and every flow has come to its end'
    this.#note('agent', `settled: nothing more is told ${ended}`)
    const sightings = this.#pod.witnesses.flatMap(({ at, witness }) =>
      witness.take().map((sighting) => ({ at, sighting })),
    )
    const trace = this.#takeTrace(batch)
    // Checked last: the effects of a death come before the death is seen.
    await this.#loss.orEnd(Promise.all(observers.map((observer) => observer.requireAlive())))
    const microseconds = Math.round(((performance.now() - started) * 1000) / flows.length)
    return flows.map((flow) => ({
      ...judge(this.#factsOf(batch, flow, sightings, sentinelPassed)),
      microseconds,
      traced: 'untraced' in trace ? trace : tracedOf(batch, flow, trace),
    }))
  }

  /**
   * What the kernel traced since the last batch, by flow. A packet is traced before it goes on, so the trace is
   * complete.
   */
  #takeTrace(batch: Batch): Map<string, Traced[]> | { untraced: string } {
    const trace = this.#trace
    for (const { protocol, sent, seen, local } of this.#renamed?.take() ?? [])
      batch.rename(protocol, seen, local, sent.port)
    if ('untraced' in trace) return trace
    try {
      return Map.groupBy(trace.take(), (traced) => keyOf(ownerOf(traced, batch)))
    } catch (error) {
      if (error instanceof TraceLost) return { untraced: error.message }
      throw error
    }
  }

  async #send(flows: readonly Sent[]): Promise<void> {
    const bySender = Map.groupBy(flows, ({ plan }) => workerKey(plan.credentials, isPrivileged(plan)))
    const sendings = [...bySender].map(([key, sent]) => {
      const probes = sent.map((flow) => this.#probeOf(flow))
      this.#note(key, 'is told to send', { probes })
      const own = this.#workers.get(key)
      const worker = own ?? this.#workers.get(everybody)
      if (worker === undefined) throw new Error(`no process runs as ${key}`)
      return worker.probe(this.#pod.name, probes, own === undefined ? sent[0]?.plan.credentials : undefined)
    })
    // What has become of them is asked in the same breath.
    const syncs = [...this.#workers.values()].map((worker) => worker.sync(this.#pod.name))
    await this.#loss.orEnd(Promise.all([...sendings, ...syncs]))
  }

  #probeOf({ key, plan, source }: Sent): ProbeSpec {
    const { protocol, family, destination, bindToDevice, mark, tos, transparent, conversation, origin, raw } = plan
    const namespace = this.#pod.namespaceOf(origin).name
    return {
      pod: this.#pod.name,
      key,
      namespace,
      protocol,
      family,
      source,
      destination,
      ...(bindToDevice && { bindToDevice }),
      ...(mark !== undefined && { mark }),
      ...(tos !== undefined && { tos }),
      ...(transparent && { transparent }),
      ...(conversation && { conversation }),
      ...(raw !== undefined && { raw }),
    }
  }

  /**
   * Adds what connection tracking knows of an arrival: what a datagram at a listener had been sent to, and the true
   * source of what comes from a port that nobody is known to have used, since a rule may have changed it.
   */
  #completed(event: WorkerEvent): WorkerEvent {
    if (event.event !== 'arrived') return event
    const isCapturedDatagram = event.protocol === 'udp' && isListener(event.at)
    const isStrange = this.#batch?.knowsPort(event.source.port) === false
    // A port that nat has chosen by chance may be another flow's.
    if (!isCapturedDatagram && !isStrange && this.#renamed === undefined) return event
    const found: Where = [event.protocol, event.local, event.source]
    const common = originalTuple(this.#pod.namespace.fd, ...found)
    const { isDns } = event
    const tuple = common ?? (isStrange || isDns ? this.#elsewhere(found) : undefined)
    if (tuple !== undefined && tuple.source.port !== event.source.port)
      this.#batch?.rename(event.protocol, event.source, event.local, tuple.source.port)
    // Envoy can read only the default zone; what a DNS server says does not depend on it.
    const read = isDns ? tuple : common
    return isCapturedDatagram && read !== undefined ? { ...event, original: read.destination } : event
  }

  /** As `originalTuple`, in any zone but the common one; undefined if it is in none, or in several. */
  #elsewhere(found: Where): ReturnType<typeof originalTuple> {
    if (this.#known === undefined) return this.#everyZone().originalTuple(...found)
    const tuples = this.#known.flatMap((zone) => originalTuple(this.#pod.namespace.fd, ...found, zone) ?? [])
    return tuples.length === 1 ? tuples[0] : undefined
  }

  /** Read once for the events that have been read together: what they tell of was tracked by then. */
  #everyZone(): EveryZone {
    if (this.#zones === undefined) queueMicrotask(() => (this.#zones = undefined))
    this.#zones ??= new EveryZone(this.#pod.namespace.fd)
    return this.#zones
  }

  #factsOf(
    batch: Batch,
    flow: Sent,
    sightings: readonly { at: Receiver; sighting: Sighting }[],
    sentinelPassed: boolean,
  ): FlowFacts {
    const conversation = batch.conversationOf(flow)
    const isSighted = flow.plan.protocol === 'icmp' || flow.plan.raw !== undefined
    const hops = isSighted ? sightedHops(flow, sightings, batch) : batch.journeyOf(flow).hops
    return {
      plan: flow.plan,
      outcome: batch.outcomeOf(flow.key),
      hops,
      sentinelPassed,
      hasStranger: batch.hasStranger(flow.plan.protocol),
      seenByPeer: isSeen(
        flow,
        sightings.flatMap(({ at, sighting }) => (at === 'peer' ? [sighting] : [])),
        batch,
      ),
      ...(conversation && { conversation }),
      hasPolicyRouting: this.#hasPolicyRouting,
      isPodAddress: (address) => this.#pod.speaksFrom(address),
    }
  }
}

function isOf({ key, plan, source }: Sent, sighting: Sighting, batch: Batch): boolean {
  const { protocol } = sighting
  if (protocol !== (plan.raw === undefined ? plan.protocol : 'segment')) return false
  if (protocol === 'segment') return sighting.key === (key & 0xffff)
  if (protocol === 'icmp') return sighting.key === key
  // A rule may have changed the port that it comes from.
  const senders = batch.sendersBy(wayOf(protocol, sighting.source, sighting.destination))
  return senders.length > 0 ? senders.includes(source.port) : batch.truePort(sighting.source.port) === source.port
}

/** Whether one of the sightings is a flow's: where several came the same way, one after the other, each has its own. */
function isSeen(flow: Sent, sightings: readonly Sighting[], batch: Batch): boolean {
  const own = sightings.filter((sighting) => isOf(flow, sighting, batch))
  const byWay = Map.groupBy(own, (sighting) =>
    sighting.protocol === 'tcp' || sighting.protocol === 'udp'
      ? wayOf(sighting.protocol, sighting.source, sighting.destination)
      : '',
  )
  return [...byWay].some(([way, seen]) => seen.length > Math.max(0, batch.sendersBy(way).indexOf(flow.source.port)))
}

const keyOf = ({ protocol, sourcePort, stage }: PacketKey): string => [protocol, sourcePort, stage].join(' ')

function tracedOf(batch: Batch, flow: Sent, trace: ReadonlyMap<string, readonly Traced[]>): TracedRule[] {
  const { protocol } = flow.plan
  return batch.portsOf(flow).flatMap((sourcePort, connection) =>
    ([undefined, 'answer', 'acknowledgement'] as const).flatMap((stage) => {
      const own = ofFirstPacket(trace.get(keyOf({ protocol, sourcePort, ...(stage && { stage }) })) ?? [])
      return own.map(({ packet: _, ...rule }) => ({ connection, ...rule, ...(stage && { packet: stage }) }))
    }),
  )
}

/** Where an echo request or a raw segment has been seen. */
function sightedHops(flow: Sent, sightings: readonly { at: Receiver; sighting: Sighting }[], batch: Batch): Hop[] {
  const { credentials: identity, destination: dialled } = flow.plan
  return sightings.flatMap(({ at, sighting }): Hop[] => {
    if (!isOf(flow, sighting, batch)) return []
    if (sighting.protocol === 'segment')
      return [{ at, local: sighting.destination, from: sighting.source.address, dialled, identity }]
    if (sighting.protocol !== 'icmp') return []
    return [{ at, local: { address: sighting.destination, port: 0 }, from: sighting.source, dialled, identity }]
  })
}

type Judged =
  | Pick<Extract<FlowResult, { observed: unknown }>, 'observed'>
  | Pick<Extract<FlowResult, { error: string }>, 'error' | 'fault'>

function judge(facts: FlowFacts): Judged {
  try {
    const observed = judgeFlow(facts)
    const { conversation } = facts
    if (conversation === undefined || 'silent' in conversation || conversation.heard === undefined) return { observed }
    return { observed: { ...observed, heard: conversation.heard } }
  } catch (error) {
    if (error instanceof Undecided) return { error: error.message, fault: error.fault }
    throw error
  }
}
