import type { Family } from '../../core/address.ts'
import { dnsPort, listeningPorts } from '../../flow/listener.ts'
import { type Interval, IntervalSet } from '../../netfilter/interval-set.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import type { ListeningSocket } from '../../model/packet/listening-socket.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import { domainOfDimension, type Frame } from '../boxes/frame.ts'
import { AddressParts } from './address-parts.ts'
import { type Joined, joinedDestinations, joinedSources, treatsAddressesAlike } from './joined-addresses.ts'

/**
 * What the model itself tells apart, whatever the rules ask: addresses of the pod and of its networks, loopback,
 * broadcast, what has a route or a socket of its own; ports where somebody in particular listens.
 */
export class Distinctions {
  readonly #parts: AddressParts
  readonly #byProtocol: Readonly<Record<WithPorts, Ports>>
  /** To flows of the pod's. */
  readonly #joined: Readonly<Record<'source' | 'destination', Joined>>

  constructor(stack: NetworkStack, family: Family, ruleset: Ruleset) {
    this.#parts = new AddressParts(stack, family)
    this.#byProtocol = { tcp: portsOf(stack, 'tcp', family), udp: portsOf(stack, 'udp', family) }
    const isAlike = treatsAddressesAlike(ruleset)
    this.#joined = {
      source: isAlike ? joinedSources(this.#parts, stack) : [],
      destination: isAlike ? joinedDestinations(this.#parts, stack) : [],
    }
  }

  /** All addresses that are to the model what this one is, whoever sends. */
  addressesLike(address: bigint): IntervalSet<bigint> {
    return this.#parts.around(address)
  }

  /** All sources that are to a frame's flows what this one is. */
  sourcesLike(address: bigint, frame: Frame): IntervalSet<bigint> {
    return this.#like(address, 'source', frame)
  }

  /** The same of destinations. */
  destinationsLike(address: bigint, frame: Frame): IntervalSet<bigint> {
    return this.#like(address, 'destination', frame)
  }

  #like(address: bigint, role: 'source' | 'destination', { origin, boundTo }: Frame): IntervalSet<bigint> {
    const isJoined = origin.kind === 'pod' && boundTo === undefined
    return (
      (isJoined ? this.#joined[role].find((set) => set.contains(address)) : undefined) ?? this.addressesLike(address)
    )
  }

  /** The sets of addresses that are alike, which together are all that somebody can send to. */
  regions(): readonly IntervalSet<bigint>[] {
    return this.#parts.regions()
  }

  /**
   * All ports that are to the pod's sockets of a protocol what this one is: one with a meaning of its own is like no
   * other, and those alike on which applications listen alike, or on which the proxy listens with the other protocol.
   */
  portsLike(port: number, protocol: WithPorts): IntervalSet<number> {
    const { told, alike } = this.#byProtocol[protocol]
    const own = alike.find((some) => some.contains(port))
    if (own !== undefined) return own
    return told.contains(port) ? IntervalSet.of(told.domain, { first: port, last: port }) : told.complement()
  }
}

const socketsText = (sockets: readonly ListeningSocket[]): string =>
  sockets
    .map(({ address, credentials: { uid } }) => `${address} ${uid}`)
    .toSorted()
    .join()

type WithPorts = ListeningSocket['protocol']

/** What the sockets of one protocol tell apart. */
interface Ports {
  /** All ports that are not like any other. */
  told: IntervalSet<number>
  /** Those of them that are alike. */
  alike: readonly IntervalSet<number>[]
}

function portsOf({ pod: { proxy }, sockets }: NetworkStack, protocol: WithPorts, family: Family): Ports {
  const domain = domainOfDimension('dport', family) as Interval<number>
  const setOf = (ports: readonly number[]): IntervalSet<number> =>
    IntervalSet.of(domain, ...ports.map((port) => ({ first: port, last: port })))
  const own = sockets.filter((socket) => socket.protocol === protocol)
  const endpoints = [...own.filter(({ at }) => at !== 'app'), ...proxy.services.flatMap(({ at, to }) => [at, to])]
  // Somebody in particular has each of these, who is no application.
  const singular = new Set([dnsPort, ...endpoints.map(({ port }) => port)])
  // There the proxy listens with the other protocol alone: no application does with this one.
  const taken = listeningPorts(proxy.listeners).filter((port) => !singular.has(port))
  const left = own.filter(({ port }) => !singular.has(port) && !taken.includes(port))
  const bySockets = Map.groupBy([...Map.groupBy(left, ({ port }) => port)], ([, some]) => socketsText(some))
  const alike = [taken, ...[...bySockets.values()].map((group) => group.map(([port]) => port))].map(setOf)
  return { told: alike.reduce((all, some) => all.union(some), setOf([...singular])), alike }
}
