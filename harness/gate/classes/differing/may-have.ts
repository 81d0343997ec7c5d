import { type Family, familyOf, loopbackAddresses } from '../../../core/address.ts'
import { dnsPort } from '../../../flow/listener.ts'
import type { World } from '../../../classes/space/world.ts'
import { domainOf } from '../../../netfilter/field.ts'
import { type Interval, IntervalSet, type Scalar } from '../../../netfilter/interval-set.ts'
import { type Ruleset, rulesOf } from '../../../netfilter/ruleset.ts'
import { addressNumber } from '../../../netfilter/wide-values.ts'

/** What packets of a flow may have besides what the flow itself has. */
export interface Others {
  addresses: IntervalSet<bigint>
  ports: IntervalSet<number>
}

/** Both: what rules translate to, and with that where the proxy dials. */
export interface MayHave {
  translated: Others
  dialled: Others
}

/** @param rulesets of one family, in the same pod. */
export function mayHave(family: Family, { stack }: World, rulesets: readonly Ruleset[]): MayHave {
  const { services, dialsOn } = stack.pod.proxy
  const servers = dialsOn.dns?.servers ?? []
  const dialled = [...services.map(({ to }) => to.port), ...(servers.length > 0 ? [dnsPort] : [])]
  const own = [...stack.ownAddresses, loopbackAddresses[family]]
  const { addresses, ports } = translatedTo(family, rulesets, numbersOf(own, family))
  const others = numbersOf([...services.map(({ to }) => to.address), ...servers], family)
  return {
    translated: setsOf(family, addresses, ports),
    dialled: setsOf(family, [...addresses, ...others], [...ports, ...dialled.map(only)]),
  }
}

const numbersOf = (addresses: readonly string[], family: Family): Interval<bigint>[] =>
  addresses.filter((address) => familyOf(address) === family).map((address) => only(addressNumber(address)))

const setsOf = (
  family: Family,
  addresses: readonly Interval<bigint>[],
  ports: readonly Interval<number>[],
): Others => ({
  addresses: IntervalSet.from(domainOf('daddr', family), addresses),
  ports: IntervalSet.from(domainOf('dport', family), ports),
})

/** @param own addresses of the pod, which rules translate to without a name. */
function translatedTo(family: Family, rulesets: readonly Ruleset[], own: readonly Interval<bigint>[]) {
  const [addresses, ports]: [Interval<bigint>[], Interval<number>[]] = [[...own], []]
  for (const { statements } of rulesets.flatMap(rulesOf))
    for (const statement of statements) {
      if ('ports' in statement && statement.ports !== undefined) ports.push(statement.ports)
      if ('port' in statement) ports.push(only(statement.port))
      // A source is drawn from those that anybody may have (nf_nat_l4proto_unique_tuple in net/netfilter/nf_nat_core.c).
      if ('random' in statement && statement.random) ports.push({ first: 1024, last: 0xffff })
      if ('addresses' in statement && statement.addresses !== undefined) {
        const { first, last } = statement.addresses
        addresses.push({ first: addressNumber(first), last: addressNumber(last) })
      }
      if (statement.kind !== 'netmap') continue
      const [network, bits] = [addressNumber(statement.network), addressNumber(statement.bits)]
      addresses.push({ first: network & bits, last: network | (domainOf('daddr', family).last & ~bits) })
    }
  return { addresses, ports }
}

export const only = <T extends Scalar>(value: T): Interval<T> => ({ first: value, last: value })
