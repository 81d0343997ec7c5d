import { interfacesInSet } from '../../netfilter/field-questions.ts'
import { families, familyOf, isLoopback, isInPrefix, withoutPrefix } from '../../core/address.ts'
import { isBridgeName } from '../../flow/bridge-names.ts'
import type { InnerNetwork, Link, PodShape } from '../../flow/pod-plan.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import type { CapturedPod } from '../../flow/captured-pod.ts'
import { type CapturedShape, capturedShape } from '../captured-shape.ts'
import { PodAddresses } from '../pod-addresses.ts'

/** More interfaces than that are not made. */
const mostLinks = 4

/** A pod for rules. */
interface Around {
  addresses: PodAddresses
  /** Interfaces that it does not have, although rules ask for them. */
  missing: readonly string[]
  /** What it has otherwise than the machine that a capture shows: a line each. */
  notes: readonly string[]
}

/**
 * The addresses of the pod that rules speak of: as a capture shows it, or else with an interface of each name that they
 * ask for; and if that is a bridge, with somebody behind it: where they translate to.
 * @param podIPs the pod's own addresses where they are known. @param around what else is known of the pod. @param
 * captured what a text shows around the rules.
 */
export function addressesOfRules(
  rulesets: readonly Ruleset[],
  podIPs: readonly string[] = [],
  around: Pick<PodShape, 'mayForward'> = {},
  captured?: CapturedPod,
): Around {
  const named = namedInterfaces(rulesets)
  const shown = captured && capturedShape(captured, new Set(named))
  if (shown !== undefined) return addressesOfCapture(shown, named, rulesets, around)
  const [bridge, ...otherBridges] = named.filter(isBridgeName)
  const plain = named.filter((name) => !isBridgeName(name) && name !== 'eth0')
  const made = plain.slice(0, mostLinks - 1)
  const { links } = PodAddresses.of({ interfaces: made, inner: false, services: [], closed: [] })
  const own = links.map((link, index) => (index === 0 ? withAddresses(link, podIPs) : link))
  const inner = bridge === undefined ? undefined : innerOf(bridge, rulesets, own)
  return {
    addresses: new PodAddresses({ links: own, ...(inner && { inner }), ...around }),
    missing: [...otherBridges, ...plain.slice(mostLinks - 1)],
    notes: [],
  }
}

/** The same as a capture shows it: an interface that it does not show is not there. */
function addressesOfCapture(
  { shape, bridges, notes }: CapturedShape,
  named: readonly string[],
  rulesets: readonly Ruleset[],
  around: Pick<PodShape, 'mayForward'>,
): Around {
  const bridge = bridges.find(({ name }) => isBridgeName(name) && named.includes(name))
  const own = shape.links.filter(({ name }) => name !== bridge?.name)
  const links = own.length === 0 ? shape.links : own
  const inner = bridge && own.length > 0 ? innerOf(bridge.name, rulesets, links, bridge) : undefined
  const known = [...shape.links.map(({ name }) => name), ...bridges.map(({ name }) => name)]
  const absent = named.filter((name) => !known.includes(name))
  return {
    addresses: new PodAddresses({ ...shape, links, ...(inner && { inner }), ...around }),
    missing: [],
    notes: [
      ...notes,
      ...(absent.length === 0
        ? []
        : [`not there: the capture shows no interface ${absent.join(', ')}, although rules ask for it`]),
    ],
  }
}

/** `eth+` is any interface whose name begins so. */
function namedInterfaces(rulesets: readonly Ruleset[]): string[] {
  const names = rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap(({ conditions }) =>
      conditions.flatMap((condition) => {
        if (condition.kind === 'set')
          return [...interfacesInSet(condition, 'iif'), ...interfacesInSet(condition, 'oif')]
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

/** @param captured its own address and the next one in its network, where a capture shows them. */
function innerOf(
  bridge: string,
  rulesets: readonly Ruleset[],
  links: readonly Link[],
  captured?: { address: string; behind: string },
): InnerNetwork {
  const targets = rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap(({ statements }) =>
      statements.flatMap((statement) => (statement.kind === 'dnat' ? (statement.addresses?.first ?? []) : [])),
    ),
  )
  const isElsewhere = (address: string): boolean =>
    familyOf(address) === 'ipv4' && !isLoopback(address) && links.every(({ pod }) => !isInPrefix(address, pod.ipv4))
  const isBehind = (address: string): boolean =>
    captured === undefined || (isInPrefix(address, `${captured.address}/24`) && address !== captured.address)
  const address = targets.find((each) => isElsewhere(each) && isBehind(each)) ?? captured?.behind ?? usualInner
  const network = address.slice(0, address.lastIndexOf('.'))
  const first = address === `${network}.1` ? `${network}.254` : `${network}.1`
  return { bridge, bridgeAddress: captured?.address ?? first, address, prefix: 24 }
}
