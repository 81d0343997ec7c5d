import { families, type Family, familyOf, isInPrefix, networkEdges, withoutPrefix } from '../../core/address.ts'
import type { CapturedInterface, CapturedPod } from '../../flow/captured-pod.ts'
import type { Link, PodShape } from '../../flow/pod-plan.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import { forwardingSysctls, type ShownInterface, shownInterfaces, waysOut } from './captured-interfaces.ts'
import { hostOf } from './link-behind.ts'
import { makeLink } from './make-link.ts'
import type { Around } from './pod-addresses.ts'
import { targetsOf } from './told-networks.ts'

/** A pod as a capture shows it, as far as one is set up here. */
export interface CapturedShape {
  shape: Pick<PodShape, 'links' | 'routeLocalnet' | 'forwards'>
  /** What the capture shows and the pod here has otherwise: a line each. */
  notes: string[]
  /** The addresses that the capture shows, those of the first interface first. */
  podIPs: string[]
  /** All interfaces that the capture shows, those that are not set up here as well. */
  names: string[]
}

/** What is asked of a captured machine. */
interface AskedOfCapture {
  /** Interfaces that have to be there: of those that a capture shows, the first few others are. */
  named?: ReadonlySet<string>
  /** Addresses of which those are wanted that lead to them. */
  addresses?: readonly string[]
  /** Who stands behind an interface, as far as rules tell. */
  rulesets?: readonly Ruleset[]
}

/** Interfaces that a pod has here; a node may have hundreds. */
const most = 6

/** @returns undefined where the capture shows no interface with an address. */
export function capturedShape(
  pod: CapturedPod,
  { named = new Set(), addresses: wanted = [], rulesets = [] }: AskedOfCapture = {},
): CapturedShape | undefined {
  const shown = shownInterfaces(pod)
  if (shown.every(({ addresses }) => addresses.length === 0)) return undefined
  const out = waysOut(pod)
  const isFirst = ({ name, addresses }: ShownInterface): boolean =>
    out.includes(name) ||
    (out.length === 0 &&
      addresses.some((address) => Object.values(pod.gateways).some((gateway) => isInPrefix(gateway, address))))
  const targets = rulesets.flatMap(rulesOf).flatMap(targetsOf)
  const leadsTo = (each: ShownInterface, addresses: readonly string[]): boolean =>
    addresses.some((address) => [...each.addresses, ...each.networks].some((network) => isInPrefix(address, network)))
  const rank = (each: ShownInterface): number =>
    [isFirst(each), each.name === 'eth0', named.has(each.name) || leadsTo(each, wanted), leadsTo(each, targets)]
      .concat(true)
      .indexOf(true)
  const chosen = shown.toSorted((a, b) => rank(a) - rank(b)).slice(0, most)
  const left = shown.filter((each) => !chosen.includes(each)).map(({ name }) => name)
  const mayForward = forwardingOf({ pod }).mayForward ?? []
  const links = chosen.map((each, position) => {
    const link = linkOf(each, position, pod.gateways)
    return position > 0 && each.isInside && mayForward.length > 0 ? asInside(link, each, targets) : link
  })
  const others = chosen.flatMap(({ name, addresses }, position) => {
    const more = addresses.map(withoutPrefix).filter(
      (address) =>
        !Object.values(links[position]?.pod ?? {})
          .map(withoutPrefix)
          .includes(address),
    )
    return more.length === 0 ? [] : [`not set up: ${name} has ${more.join(', ')} too`]
  })
  const isOn = (name: string): boolean => pod.sysctls.get(`net.ipv4.conf.${name}.route_localnet`) === '1'
  const routeLocalnet = isOn('all') || links.every(({ name }) => isOn(name))
  const isNode = links.some(({ behind }) => behind !== undefined)
  return {
    shape: { links, ...(routeLocalnet && { routeLocalnet }), ...(isNode && { forwards: mayForward }) },
    notes: [
      ...(left.length === 0
        ? []
        : [
            `not set up: ${left.length} more interfaces: ${left.slice(0, 8).join(', ')}${left.length > 8 ? ', …' : ''}`,
          ]),
      ...others,
      ...sysctlNotes(pod.sysctls, links),
    ],
    podIPs: chosen.flatMap(({ addresses }) => addresses.map(withoutPrefix)),
    names: [...new Set([...shown, ...(pod.interfaces ?? [])].map(({ name }) => name))],
  }
}

/** One with others behind it: whom rules translate to is there, or else the next host of its network. */
function asInside(link: Link, { networks }: ShownInterface, targets: readonly string[]): Link {
  const peer = { ...link.peer }
  for (const family of families) {
    const own = link.pod[family]
    const hosts = networks.filter((network) => /:.*\/128$|^[\d.]+\/32$/.test(network)).map(withoutPrefix)
    const host = [...targets, ...hosts].find(
      (each) =>
        familyOf(each) === family &&
        each !== withoutPrefix(own) &&
        [own, ...networks].some((network) => isInPrefix(each, network)),
    )
    if (host !== undefined) peer[family] = `${host}/${own.slice(own.indexOf('/') + 1)}`
  }
  return { ...link, peer, behind: networks }
}

/**
 * A captured text may be a node's, which forwards, unless it shows that this is off; a pod that is made for rules
 * forwards nothing.
 */
export function forwardingOf(capture: { pod: CapturedPod } | undefined): Pick<PodShape, 'mayForward'> {
  if (capture === undefined) return {}
  return { mayForward: families.filter((family) => capture.pod.sysctls.get(forwardingSysctls[family]) !== '0') }
}

/** What a captured text shows of its pod beside interfaces. */
export const shownOf = (capture: { pod: CapturedPod } | undefined): Pick<Around, 'mayForward' | 'listeners'> => ({
  ...forwardingOf(capture),
  ...(capture?.pod.listeners && { listeners: capture.pod.listeners }),
})

/** Of a family of which an interface shows no address it has one of ours, since every link here has both. */
function linkOf({ name, addresses }: CapturedInterface, position: number, gateways: CapturedPod['gateways']): Link {
  const ours = makeLink(name, position)
  const [four, six] = families.map((family) => {
    const own = addresses.find((address) => familyOf(withoutPrefix(address)) === family)
    return own === undefined ? { pod: ours.pod[family], peer: ours.peer[family] } : ends(own, family, gateways[family])
  }) as [Ends, Ends]
  return { name, pod: { ipv4: four.pod, ipv6: six.pod }, peer: { ipv4: four.peer, ipv6: six.peer } }
}

interface Ends {
  pod: string
  peer: string
}

/**
 * The peer has the gateway's address, if that is one of the same network. A network of one address has no room for a
 * peer.
 */
function ends(address: string, family: Family, gateway: string | undefined): Ends {
  const host = withoutPrefix(address)
  const widest = family === 'ipv4' ? 30 : 126
  const length = Number(address.split('/')[1]) > widest ? (family === 'ipv4' ? 24 : 64) : Number(address.split('/')[1])
  const pod = `${host}/${length}`
  if (gateway !== undefined && gateway !== host && isInPrefix(gateway, pod))
    return { pod, peer: `${gateway}/${length}` }
  const { first = host } = networkEdges(pod)
  const peer = [1, 2].map((step) => hostOf(first, step)).find((candidate) => candidate !== host) ?? first
  return { pod, peer: `${peer}/${length}` }
}

/** What decides about packets, and is off in the pod here. */
function sysctlNotes(sysctls: ReadonlyMap<string, string>, links: readonly Link[]): string[] {
  const on = [...sysctls].flatMap(([name, value]) => {
    const isOf = links.some((link) => name.includes(`.${link.name}.`)) || name.includes('.all.')
    const matters =
      (isOf && /\.accept_local$/.test(name) && value === '1') ||
      (isOf && /\.rp_filter$/.test(name) && value === '1' && links.length > 1) ||
      (/^net\.ipv4\.(?:fwmark_reflect|tcp_fwmark_accept)$/.test(name) && value === '1')
    return matters ? [`${name} = ${value}`] : []
  })
  return on.length === 0 ? [] : [`not set up: ${on.join(', ')}`]
}
