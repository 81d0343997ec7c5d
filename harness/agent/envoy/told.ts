import { familyOf, formatAddressPort, loopbackAddresses, type AddressPort } from '../../core/address.ts'
import type { RoutingSpec, WorkerEvent } from '../worker/protocol.ts'
import type { Entry } from './access-log.ts'

/** Turns the access log's entries into what the stub tells of the same happenings. */
export class Told {
  readonly #pod: string
  readonly #endpoints: ReadonlyMap<string, AddressPort>
  /** Connections whose onward dial has been answered. */
  readonly #connected = new Set<string>()

  constructor(pod: string, services: RoutingSpec['services']) {
    this.#pod = pod
    this.#endpoints = new Map(services.map(({ at, to }) => [formatAddressPort(at), to]))
  }

  /** @returns nothing for an entry that says nothing new. */
  eventsOf(entry: Entry): WorkerEvent[] {
    const { at, source, local, original, moment } = entry
    const arrived = { event: 'arrived', pod: this.#pod, at, protocol: 'tcp', source, local, original } as const
    if (at !== 'outbound' && at !== 'inbound') return moment === 'TcpConnectionStart' ? [arrived] : []
    switch (moment) {
      case 'TcpConnectionStart':
        return [arrived, this.#dialled(entry, entry.ending === 'on' ? { state: 'pending' } : { state: entry.ending })]
      case 'TcpUpstreamConnected':
        this.#connected.add(formatAddressPort(source))
        return [this.#dialled(entry, { state: 'answered', local: entry.dialledFrom ?? { address: '', port: 0 } })]
      case 'TcpConnectionEnd': {
        const wasConnected = this.#connected.delete(formatAddressPort(source))
        // Its end says what became of the dial only where that has not been told before.
        return wasConnected || entry.ending !== 'on' ? [] : [this.#dialled(entry, { state: 'failed', code: 'ECONNREFUSED' })]
      }
    }
  }

  #dialled(entry: Entry, outcome: Extract<WorkerEvent, { event: 'dialled' }>['outcome']): WorkerEvent {
    const { source: parent, dialledFrom = { address: '', port: 0 }, dialled = this.#nextHop(entry) } = entry
    return { event: 'dialled', pod: this.#pod, parent, source: dialledFrom, dialled, outcome }
  }

  /** What the bootstrap has it dial, where the log does not say what it did dial. */
  #nextHop({ at, original }: Entry): AddressPort {
    if (at === 'outbound') return this.#endpoints.get(formatAddressPort(original)) ?? original
    return { address: loopbackAddresses[familyOf(original.address) ?? 'ipv4'], port: original.port }
  }
}

/** The admin interface answers with a page of its own, all others with who they are. */
export function heardOf(event: WorkerEvent): WorkerEvent {
  if (event.event !== 'conversed' || !event.heard?.includes('<title>Envoy Admin</title>')) return event
  return { ...event, heard: 'envoy-admin' }
}
