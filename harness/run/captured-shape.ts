import {
  addressBytes,
  addressFromBytes,
  families,
  type Family,
  familyOf,
  isInPrefix,
  networkEdges,
  withoutPrefix,
} from '../core/address.ts'
import type { CapturedInterface, CapturedPod } from '../flow/captured-pod.ts'
import type { Link, PodShape } from '../flow/pod-plan.ts'
import { makeLink } from './pod-addresses.ts'

/** A pod as a capture shows it, as far as one is set up here. */
export interface CapturedShape {
  shape: Pick<PodShape, 'links' | 'routeLocalnet'>
  /** What the capture shows and the pod here has otherwise: a line each. */
  notes: string[]
  /** The addresses that the capture shows, those of the first interface first. */
  podIPs: string[]
  /** Interfaces that may have somebody behind them: their IPv4 address, and the next one of their network. */
  bridges: { name: string; address: string; behind: string }[]
}

/** Interfaces that a pod has here; a node may have hundreds. */
const most = 6

/**
 * @param named interfaces that have to be there: of those that a capture shows, the first few others are.
 * @returns undefined where the capture shows no interface with an address.
 */
export function capturedShape(pod: CapturedPod, named: ReadonlySet<string> = new Set()): CapturedShape | undefined {
  const own = (pod.interfaces ?? []).filter(({ addresses }) => addresses.length > 0)
  if (own.length === 0) return undefined
  const isFirst = ({ addresses }: CapturedInterface): boolean =>
    addresses.some((address) => Object.values(pod.gateways).some((gateway) => isInPrefix(gateway, address)))
  const rank = (each: CapturedInterface): number =>
    isFirst(each) ? 0 : each.name === 'eth0' ? 1 : named.has(each.name) ? 2 : 3
  const chosen = own.toSorted((a, b) => rank(a) - rank(b)).slice(0, most)
  const left = own.filter((each) => !chosen.includes(each)).map(({ name }) => name)
  const links = chosen.map((each, position) => linkOf(each, position, pod.gateways))
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
  return {
    shape: { links, ...(routeLocalnet && { routeLocalnet }) },
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
    bridges: own.flatMap(({ name, addresses }) => {
      const address = addresses.map(withoutPrefix).find((each) => familyOf(each) === 'ipv4')
      return address === undefined ? [] : [{ name, address, behind: following(address, 1) }]
    }),
  }
}

const forwarding = { ipv4: 'net.ipv4.ip_forward', ipv6: 'net.ipv6.conf.all.forwarding' } as const

/**
 * A captured text may be a node's, which forwards, unless it shows that this is off; a pod that is made for rules
 * forwards nothing.
 */
export function forwardingOf(capture: { pod: CapturedPod } | undefined): Pick<PodShape, 'mayForward'> {
  if (capture === undefined) return {}
  return { mayForward: families.filter((family) => capture.pod.sysctls.get(forwarding[family]) !== '0') }
}

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
  const peer = [1, 2].map((step) => following(first, step)).find((candidate) => candidate !== host) ?? first
  return { pod, peer: `${peer}/${length}` }
}

/** An address so many behind a network's first, whose last bits are zero. */
function following(first: string, step: number): string {
  const bytes = addressBytes(first)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + step
  return addressFromBytes(bytes)
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
