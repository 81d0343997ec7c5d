import { families, familyOf, isLoopback, isInPrefix, withoutPrefix } from '../../core/address.ts'
import { isBridgeName } from '../../flow/bridge-names.ts'
import type { InnerNetwork, Link, PodShape } from '../../flow/pod-plan.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import { PodAddresses } from '../pod-addresses.ts'

/** More interfaces than that are not made. */
const mostLinks = 4

/**
 * The addresses of the pod that rules speak of: with an interface of each name that they ask for, and if that is a
 * bridge, with somebody behind it: where they translate to.
 * @param podIPs the pod's own addresses where they are known. @param around what else is known of the pod.
 * @returns as well the interfaces that it does not have, although rules ask for them.
 */
export function addressesOfRules(
  rulesets: readonly Ruleset[],
  podIPs: readonly string[] = [],
  around: Pick<PodShape, 'mayForward'> = {},
): { addresses: PodAddresses; missing: readonly string[] } {
  const named = namedInterfaces(rulesets)
  const [bridge, ...otherBridges] = named.filter(isBridgeName)
  const plain = named.filter((name) => !isBridgeName(name) && name !== 'eth0')
  const made = plain.slice(0, mostLinks - 1)
  const { links } = PodAddresses.of({ interfaces: made, inner: false, services: [], closed: [] })
  const own = links.map((link, index) => (index === 0 ? withAddresses(link, podIPs) : link))
  const inner = bridge === undefined ? undefined : innerOf(bridge, rulesets, own)
  return {
    addresses: new PodAddresses({ links: own, ...(inner && { inner }), ...around }),
    missing: [...otherBridges, ...plain.slice(mostLinks - 1)],
  }
}

/** `eth+` is any interface whose name begins so. */
function namedInterfaces(rulesets: readonly Ruleset[]): string[] {
  const names = rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap(({ conditions }) =>
      conditions.flatMap((condition) => {
        if (condition.kind !== 'field' || (condition.field !== 'iif' && condition.field !== 'oif')) return []
        const { value = '' } = condition.asked
        return value.endsWith('+') ? `${value.slice(0, -1)}0`.slice(0, 15) : value
      }),
    ),
  )
  return [...new Set(names)].filter((name) => /^[^\s/]{1,15}$/.test(name) && name !== 'lo' && name !== '0')
}

function withAddresses(link: Link, podIPs: readonly string[]): Link {
  const pod = { ...link.pod }
  const peer = { ...link.peer }
  for (const family of families) {
    const address = podIPs.find((known) => familyOf(known) === family)
    if (address === undefined || address === withoutPrefix(pod[family])) continue
    pod[family] = `${address}/${family === 'ipv4' ? 24 : 64}`
    if (withoutPrefix(peer[family]) === address) peer[family] = link.pod[family]
  }
  return { ...link, pod, peer }
}

/** Docker's own network is 172.17.0.0/16. */
const usualInner = '172.17.0.2'

function innerOf(bridge: string, rulesets: readonly Ruleset[], links: readonly Link[]): InnerNetwork {
  const targets = rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap(({ statements }) =>
      statements.flatMap((statement) => (statement.kind === 'dnat' ? (statement.addresses?.first ?? []) : [])),
    ),
  )
  const isElsewhere = (address: string): boolean =>
    familyOf(address) === 'ipv4' && !isLoopback(address) && links.every(({ pod }) => !isInPrefix(address, pod.ipv4))
  const address = targets.find(isElsewhere) ?? usualInner
  const network = address.slice(0, address.lastIndexOf('.'))
  return { bridge, bridgeAddress: address === `${network}.1` ? `${network}.254` : `${network}.1`, address, prefix: 24 }
}
