import { once } from '../../core/lazy.ts'
import { type Family, familyOf, networkEdges, withoutPrefix } from '../../core/address.ts'
import { domainOf } from '../../netfilter/field.ts'
import { IntervalSet } from '../../netfilter/interval-set.ts'
import { addressesOfPrefix, addressOfNumber } from '../../netfilter/wide-values.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'

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

/** The prefixes that mean something to the kernel or the pod, and the addresses that lie in the same ones. */
export class AddressParts {
  readonly family: Family
  readonly #parts: readonly (readonly [prefix: string, addresses: IntervalSet<bigint>])[]
  readonly #known = new Map<string, IntervalSet<bigint>>()
  readonly #knownOf = new Map<bigint, IntervalSet<bigint>>()
  /** The sets of addresses in the same prefixes, which together are all that somebody can send to. */
  readonly regions = once(() => this.#findRegions())

  constructor(stack: NetworkStack, family: Family) {
    this.family = family
    const domain = domainOf('daddr', family)
    const prefixes = new Set([...special[family], ...prefixesOf(stack, family)])
    this.#parts = [...prefixes].map((prefix) => [prefix, IntervalSet.of(domain, addressesOfPrefix(prefix))])
  }

  /** All addresses that lie in the same prefixes as this one. */
  around(address: bigint): IntervalSet<bigint> {
    const known = this.#knownOf.get(address)
    if (known !== undefined) return known
    const key = this.#parts.map(([, part]) => (part.contains(address) ? 1 : 0)).join('')
    const found = this.#known.get(key) ?? this.#findAround(address)
    this.#known.set(key, found)
    this.#knownOf.set(address, found)
    return found
  }

  /** In which prefixes a region lies. */
  prefixesAround(region: IntervalSet<bigint>): string[] {
    return this.#parts.flatMap(([prefix, part]) => (part.contains(firstOf(region)) ? [prefix] : []))
  }

  #findRegions(): readonly IntervalSet<bigint>[] {
    const domain = domainOf('daddr', this.family)
    let left = IntervalSet.of(domain, ...nowhere[this.family].map(addressesOfPrefix)).complement()
    const found: IntervalSet<bigint>[] = []
    for (let first = left.intervals[0]?.first; first !== undefined; first = left.intervals[0]?.first) {
      const region = this.around(first)
      found.push(region)
      left = left.intersect(region.complement())
    }
    return found
  }

  #findAround(address: bigint): IntervalSet<bigint> {
    let found = IntervalSet.all(domainOf('daddr', this.family))
    for (const [, part] of this.#parts) found = found.intersect(part.contains(address) ? part : part.complement())
    return found
  }
}

const firstOf = ({ intervals: [interval] }: IntervalSet<bigint>): bigint => interval?.first ?? 0n

/** One address of a set, as text. */
export const anyOf = (set: IntervalSet<bigint>, family: Family): string => addressOfNumber(firstOf(set), family)

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
