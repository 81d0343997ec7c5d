import { familyOf } from '../../core/address.ts'
import { does } from '../../netfilter/does.ts'
import { domainOf } from '../../netfilter/field.ts'
import { IntervalSet } from '../../netfilter/interval-set.ts'
import { type Ruleset, rulesOf } from '../../netfilter/ruleset.ts'
import { addressNumber } from '../../netfilter/wide-values.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import type { AddressParts } from './address-parts.ts'

/** Sets of addresses without common ones, each of addresses that are alike. */
export type Joined = readonly IntervalSet<bigint>[]

/**
 * Whether to a ruleset one address of the pod's interfaces is like another, and so are those that one route leads to,
 * but for the numbers that rules ask for: none puts one in place of another, and none asks what kind of address it is,
 * or of which interface.
 */
export const treatsAddressesAlike = (ruleset: Ruleset): boolean =>
  rulesOf(ruleset).every(
    (rule) =>
      !does(rule, 'dnat', 'snat', 'masquerade', 'netmap') &&
      rule.conditions.every(
        ({ kind }) => kind !== 'address-type' && kind !== 'limit-interface' && kind !== 'account' && kind !== 'unknown',
      ),
  )

/** Where flows of the pod's may come from: any of its interfaces, or any loopback address. */
export function joinedSources(parts: AddressParts, stack: NetworkStack): Joined {
  const loopback = parts.family === 'ipv4' ? [joined(['127.0.0.1', '127.0.0.2'], parts)] : []
  return [joined(ofInterfaces(parts, stack), parts), ...loopback]
}

/** Where they go: to any of its interfaces, or by its first one to whoever is there, who answers for all. */
export function joinedDestinations(parts: AddressParts, stack: NetworkStack): Joined {
  const own = ofInterfaces(parts, stack)
  // A socket or a service may have one of them for itself. By which interface an IPv6 answer to ::1 goes tells them
  // apart (`wayBack` in model/path/answers.ts).
  const areAlike = parts.family === 'ipv4' && new Set(own.map((address) => whatIsAt(address, stack))).size === 1
  return [...(areAlike ? [joined(own, parts)] : []), ...byFirstInterface(parts, stack)]
}

const ofInterfaces = ({ family }: AddressParts, { addresses }: NetworkStack): string[] =>
  addresses.filter((address) => familyOf(address) === family)

const joined = (addresses: readonly string[], parts: AddressParts): IntervalSet<bigint> =>
  addresses
    .map((address) => parts.around(addressNumber(address)))
    .reduce((all, some) => all.union(some), IntervalSet.of(domainOf('daddr', parts.family)))

/** What sockets and services have an address, but for the address. */
function whatIsAt(own: string, { sockets, pod: { proxy } }: NetworkStack): string {
  const bound = sockets.flatMap(({ address, ...socket }) => (address === own ? [JSON.stringify(socket)] : []))
  const served = proxy.services.filter(({ at, to }) => at.address === own || to.address === own)
  return JSON.stringify([bound.toSorted(), served])
}

/** The rest of its network, and what the default route leads to, where no other route or network has part in either. */
function byFirstInterface(parts: AddressParts, { pod: { links } }: NetworkStack): Joined {
  const [first] = links
  if (first === undefined || first.behind !== undefined) return []
  const regions = parts.regions().map((region) => ({
    region,
    prefixes: parts.prefixesAround(region).filter((prefix) => !prefix.endsWith('/0')),
  }))
  const far = regions.find(({ prefixes }) => prefixes.length === 0)
  const near = regions.find(({ prefixes }) => prefixes.length === 1 && prefixes[0] === first.pod[parts.family])
  return far && near ? [far.region.union(near.region)] : []
}
