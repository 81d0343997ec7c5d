import { type AddressPort, formatAddressPort, sameAddressPort } from '../../core/address.ts'
import { isRelay, type Listener, type Relay, stationAt } from '../../flow/listener.ts'
import type { ListenerName, Receiver } from '../../flow/verdict.ts'
import type { ProxyPlan } from '../../flow/pod-plan.ts'
import { nextDial } from '../next-dial.ts'
import type { WorkerEvent } from '../worker/protocol.ts'
import type { Entry } from './access-log.ts'
import { type Accepted, type Dials, dialKey } from './admin.ts'

type DialOutcome = Extract<WorkerEvent, { event: 'dialled' }>['outcome']

/** A dial whose answer is not in the log, nor whom it was for. */
interface Unanswered {
  entry: Entry
  outcome: DialOutcome
  to?: AddressPort
}

const nowhereYet = { address: '', port: 0 }

/** Translates an Envoy's access log and admin interface into the events that the stub sends. */
export class EventTranslation {
  readonly #pod: string
  readonly #dialling: Parameters<typeof nextDial>[3]
  readonly #unanswered = new Map<string, Unanswered>()
  /** How many of a cluster's dials to an address are accounted for. */
  readonly #dials = new Map<string, number>()
  readonly #relays: ReadonlyMap<ListenerName, Relay>
  readonly #logged = new Map<ListenerName, number>()

  /** @param pod its name, and its addresses. */
  constructor(
    pod: { name: string; addresses: readonly string[] },
    proxy: Pick<ProxyPlan, 'services' | 'listeners' | 'dialsOn'>,
  ) {
    const { services, listeners, dialsOn } = proxy
    this.#pod = pod.name
    this.#dialling = { services, dialsOn, podAddresses: pod.addresses }
    this.#relays = new Map(listeners.filter(isRelay).map((relay) => [relay.name, relay]))
  }

  /** @returns no events for an entry without news. */
  eventsOf(entry: Entry): WorkerEvent[] {
    const { at, source, local, original, moment } = entry
    const arrived = {
      event: 'arrived',
      pod: this.#pod,
      at,
      protocol: 'tcp',
      source,
      ...this.#read(at, local, original),
    } as const
    if (!this.#relays.has(at)) return moment === 'TcpConnectionStart' ? [{ ...arrived, conversation: 'http' }] : []
    const key = formatAddressPort(source)
    const taken = { ...arrived, passesOn: this.#relays.get(at)?.captures ?? 'outbound' } as const
    switch (moment) {
      case 'TcpConnectionStart':
        this.#logged.set(at, this.#loggedAt(at) + 1)
        if (entry.disposition !== 'on')
          return [taken, this.#dialled(entry, { state: entry.disposition }, this.#wouldDial(entry))]
        this.#unanswered.set(key, { entry, outcome: { state: 'pending' } })
        return [taken]
      case 'TcpUpstreamConnected': {
        const { dialled = nowhereYet, dialledFrom = nowhereYet } = entry
        if (this.#unanswered.get(key)?.to === undefined) this.#account(entry.cluster, dialled)
        this.#unanswered.delete(key)
        return [this.#dialled(entry, { state: 'answered', local: dialledFrom }, dialled)]
      }
      case 'TcpConnectionEnd':
        return this.#failed(key)
    }
  }

  #read(
    at: ListenerName | Receiver,
    local: AddressPort,
    original: AddressPort,
  ): { local: AddressPort; original?: AddressPort } {
    const port = this.#relays.get(at)?.port ?? local.port
    // By TPROXY alone a socket has another port than its listener: it has what was dialled.
    if (local.port !== port) return { local: { ...local, port }, original: local }
    // Envoy restores what differs from its socket's own address; where that stands here, it has read nothing else.
    return sameAddressPort(original, local) ? { local } : { local, original }
  }

  /** Whether the log leaves open whom something was dialled on to. */
  get isOpen(): boolean {
    return [...this.#unanswered.values()].some(({ to }) => to === undefined)
  }

  /**
   * Takes what the admin interface says of dials: one that nothing else accounts for is the one of a connection that
   * its cluster has.
   */
  take(dials: readonly Dials[]): WorkerEvent[] {
    return [...this.#unanswered].flatMap(([key, { entry, outcome, to: known }]) => {
      if (known !== undefined) return []
      const found = dials.find(
        ({ cluster, to, count }) => cluster === entry.cluster && count > (this.#dials.get(dialKey(cluster, to)) ?? 0),
      )
      if (found === undefined) return []
      this.#account(found.cluster, found.to)
      if (outcome.state === 'failed') this.#unanswered.delete(key)
      else this.#unanswered.set(key, { entry, outcome, to: found.to })
      return [this.#dialled(entry, outcome, found.to)]
    })
  }

  /** @returns in words, if a listener has accepted more connections than the log tells of. */
  whatIsMissing(accepted: Accepted): string | undefined {
    const [at, count] = [...accepted].find(([name, total]) => this.#loggedAt(name) < total) ?? []
    return at && `Envoy accepted ${count} connections at its ${at} listener and logged ${this.#loggedAt(at)}`
  }

  #loggedAt(name: ListenerName): number {
    return this.#logged.get(name) ?? 0
  }

  /** A connection's end says what became of its dial only where that has not been told before. */
  #failed(key: string): WorkerEvent[] {
    const dial = this.#unanswered.get(key)
    if (dial === undefined) return []
    const outcome = { state: 'failed', code: 'ECONNREFUSED' } as const
    if (dial.to === undefined) {
      this.#unanswered.set(key, { ...dial, outcome })
      return []
    }
    this.#unanswered.delete(key)
    return [this.#dialled(dial.entry, outcome, dial.to)]
  }

  /** Where the bootstrap would pass a connection on that it has end instead. */
  #wouldDial({ at, original, source }: Entry): AddressPort {
    return nextDial(this.#relays.get(at)?.captures ?? 'outbound', original, source, this.#dialling).to
  }

  #account(cluster: string, to: AddressPort): void {
    const key = dialKey(cluster, to)
    this.#dials.set(key, (this.#dials.get(key) ?? 0) + 1)
  }

  #dialled(
    { source: parent, dialledFrom = nowhereYet }: Entry,
    outcome: DialOutcome,
    dialled: AddressPort,
  ): WorkerEvent {
    return { event: 'dialled', pod: this.#pod, parent, source: dialledFrom, dialled, outcome }
  }
}

/** The admin interface answers with a page of its own, all others with who they are. */
export function heardOf(event: WorkerEvent, listeners: readonly Listener[]): WorkerEvent {
  if (event.event !== 'conversed' || !event.heard?.includes('<title>Envoy Admin</title>')) return event
  const admin = listeners.find(({ speaks }) => speaks === 'admin')
  return admin === undefined ? event : { ...event, heard: stationAt(admin) }
}
