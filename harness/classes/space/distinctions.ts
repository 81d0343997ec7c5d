import { type Family, familyOf, networkEdges, withoutPrefix } from '../../core/address.ts'
import { dnsPort, listeningPorts } from '../../flow/listener.ts'
import { domainOf } from '../../netfilter/field.ts'
import { type Interval, IntervalSet } from '../../netfilter/interval-set.ts'
import { addressesOfPrefix, addressOfNumber } from '../../netfilter/wide-values.ts'
import type { ListeningSocket } from '../../model/packet/listening-socket.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import { domainOfDimension } from '../boxes/frame.ts'

/**
 * Ranges that the kernel itself treats in ways of their own, whatever the pod is (RFC 6890; net/ipv4/route.c,
 * net/ipv6/addrconf.c).
 */
const special: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    '0.0.0.0/8',
    '0.0.0.0/32',
    '127.0.0.0/8',
    '127.0.0.1/32',
    '127.255.255.255/32',
    '224.0.0.0/4',
    '255.255.255.255/32',
  ],
  ipv6: ['::/128', '::1/128', '::ffff:0:0/96', 'fe80::/10', 'ff00::/8'],
}

/**
 * What nobody sends to: the kernel has no route there (net/ipv4/route.c, __mkroute_output), or takes it for the other
 * family.
 */
const nowhere: Readonly<Record<Family, readonly string[]>> = { ipv4: ['0.0.0.0/8'], ipv6: ['::ffff:0:0/96'] }

/**
 * What the model itself tells apart, whatever the rules ask: addresses of the pod and of its networks, loopback,
 * broadcast, what has a route or a socket of its own; ports where somebody in particular listens.
 */
export class Distinctions {
  readonly family: Family
  readonly #parts: readonly IntervalSet<bigint>[]
  readonly #byProtocol: Readonly<Record<WithPorts, Ports>>
  readonly #known = new Map<string, IntervalSet<bigint>>()
  readonly #knownOf = new Map<bigint, IntervalSet<bigint>>()

  constructor(stack: NetworkStack, family: Family) {
    this.family = family
    const domain = domainOf('daddr', family)
    const prefixes = new Set([...special[family], ...prefixesOf(stack, family)])
    this.#parts = [...prefixes].map((prefix) => IntervalSet.of(domain, addressesOfPrefix(prefix)))
    this.#byProtocol = { tcp: portsOf(stack, 'tcp', family), udp: portsOf(stack, 'udp', family) }
  }

  /** All addresses that are to the model what this one is. */
  addressesLike(address: bigint): IntervalSet<bigint> {
    const known = this.#knownOf.get(address)
    if (known !== undefined) return known
    const key = this.#parts.map((part) => (part.contains(address) ? 1 : 0)).join('')
    const found = this.#known.get(key) ?? this.#findLike(address)
    this.#known.set(key, found)
    this.#knownOf.set(address, found)
    return found
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

  /** The sets of addresses that are alike, which together are all that somebody can send to. */
  regions(): IntervalSet<bigint>[] {
    const domain = domainOf('daddr', this.family)
    let left = IntervalSet.of(domain, ...nowhere[this.family].map(addressesOfPrefix)).complement()
    const found: IntervalSet<bigint>[] = []
    for (let first = left.intervals[0]?.first; first !== undefined; first = left.intervals[0]?.first) {
      const region = this.addressesLike(first)
      found.push(region)
      left = left.intersect(region.complement())
    }
    return found
  }

  #findLike(address: bigint): IntervalSet<bigint> {
    let like = IntervalSet.all(domainOf('daddr', this.family))
    for (const part of this.#parts) like = like.intersect(part.contains(address) ? part : part.complement())
    return like
  }
}

/** One address of a set, as text. */
export const anyOf = (set: IntervalSet<bigint>, family: Family): string =>
  addressOfNumber(set.intervals[0]?.first ?? 0n, family)

/** Every prefix that the pod's addresses, routes and sockets name. */
function prefixesOf({ pod, routing, sockets, ownAddresses }: NetworkStack, family: Family): string[] {
  const { links, inner, proxy } = pod
  const isOfFamily = (network: string): boolean => familyOf(withoutPrefix(network)) === family
  const networks = [
    ...links.flatMap((link) => [link.pod[family], ...(link.behind ?? []).filter(isOfFamily)]),
    ...(inner !== undefined && family === 'ipv4' ? [`${inner.bridgeAddress}/${inner.prefix}`] : []),
    ...routing.routes.flatMap((route) => (route.family === family ? [route.destination] : [])),
  ]
  // IPv4's last is for all hosts of a network, IPv6's first for all its routers; the other one is a host's like any.
  const edges = networks.flatMap((network) => networkEdges(network)[family === 'ipv4' ? 'last' : 'first'] ?? [])
  const addresses = [
    ...ownAddresses,
    ...(inner === undefined ? [] : [inner.bridgeAddress, inner.address]),
    ...[...sockets, ...proxy.services.flatMap(({ at, to }) => [at, to])].map(({ address }) => address),
    ...edges,
  ]
  return [...networks, ...addresses.filter((address) => familyOf(address) === family)]
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
