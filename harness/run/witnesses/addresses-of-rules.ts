import { families, familyOf, isInPrefix, withoutPrefix, hostPrefix } from '../../core/address.ts'
import { hasOthersBehind } from '../../flow/bridge-names.ts'
import type { CapturedPod } from '../../flow/captured-pod.ts'
import type { Link, PodShape } from '../../flow/pod-plan.ts'
import { interfacesInSet } from '../../netfilter/field-questions.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import { type CapturedShape, capturedShape } from '../plan/captured-shape.ts'
import { linkBehind } from '../plan/link-behind.ts'
import { type Around as Surroundings, PodAddresses } from '../plan/pod-addresses.ts'
import { targetsOf, toldNetworks } from '../plan/told-networks.ts'

/** More interfaces than that are not made, nor more with others behind them. */
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
 * ask for; and if others stand behind that, as a bridge's name says, with the networks that rules say are there.
 * @param podIPs the pod's own addresses where they are known. @param around what else is known of the pod. @param
 * captured what a text shows around the rules.
 */
export function addressesOfRules(
  rulesets: readonly Ruleset[],
  podIPs: readonly string[] = [],
  around: Pick<Surroundings, 'mayForward' | 'listeners'> = {},
  captured?: CapturedPod,
): Around {
  const named = namedInterfaces(rulesets)
  const shown = captured && capturedShape(captured, { named: new Set(named), rulesets })
  if (shown !== undefined) return addressesOfCapture(shown, named, around)
  const inside = named.filter(hasOthersBehind)
  const plain = named.filter((name) => !hasOthersBehind(name) && name !== 'eth0')
  const made = plain.slice(0, mostLinks - 1)
  const { links } = PodAddresses.of({ interfaces: made, inner: false, services: [], closed: [] })
  const own = links.map((link, index) => (index === 0 ? withAddresses(link, podIPs) : link))
  const all = [...own, ...linksBehind(inside.slice(0, mostLinks), rulesets, own)]
  return {
    addresses: new PodAddresses({ links: all, ...around, ...forwardingOf(all, around) }),
    missing: [...plain.slice(mostLinks - 1), ...inside.slice(mostLinks)],
    notes: [],
  }
}

/** A machine with others behind it forwards, unless it is known that it does not. */
export const forwardingOf = (
  links: readonly Link[],
  { mayForward = families }: Pick<PodShape, 'mayForward'>,
): Pick<PodShape, 'forwards'> => (links.some(({ behind }) => behind !== undefined) ? { forwards: mayForward } : {})

/**
 * Interfaces with others behind them, as far as rules tell of those. Where one alone has nothing told of it, whom rules
 * translate to stands there.
 * @param before the interfaces that there are already.
 */
export function linksBehind(
  names: readonly string[],
  rulesets: readonly Ruleset[],
  before: readonly Link[],
  also: ReadonlyMap<string, readonly string[]> = new Map(),
): Link[] {
  const own = before.flatMap(({ pod }) => Object.values(pod).map(withoutPrefix))
  const told = toldNetworks(rulesets, own)
  const known = [...told.values()].flat()
  const isElsewhere = (address: string): boolean =>
    [...known, ...before.flatMap(({ pod }) => Object.values(pod))].every((network) => !isInPrefix(address, network))
  const untold = names.filter((name) => !told.has(name) && !also.has(name))
  const [alone] = untold.length === 1 ? untold : []
  const targets = rulesets.flatMap(rulesOf).flatMap(targetsOf).filter(isElsewhere).map(hostPrefix)
  const links: Link[] = []
  for (const name of names) {
    const networks = [...(also.get(name) ?? []), ...(told.get(name) ?? (name === alone ? targets : []))]
    const taken = [...before, ...links].flatMap(({ pod }) => Object.values(pod))
    links.push(linkBehind(name, before.length + links.length, [...new Set(networks)], taken))
  }
  return links
}

/** The same as a capture shows it: an interface that it does not show is not there. */
function addressesOfCapture(
  { shape, names, notes }: CapturedShape,
  named: readonly string[],
  around: Pick<Surroundings, 'mayForward' | 'listeners'>,
): Around {
  const absent = named.filter((name) => !names.includes(name))
  return {
    addresses: new PodAddresses({ ...shape, ...around }),
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
export function namedInterfaces(rulesets: readonly Ruleset[]): string[] {
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
