import { type Family, isInPrefix, networkOf, withoutPrefix, hostPrefix } from '../core/address.ts'
import type { Link, PodShape } from './pod-plan.ts'

/** Whether an address is that of somebody behind an interface. */
export const isBehind = (address: string, { behind, pod }: Pick<Link, 'behind' | 'pod'>): boolean =>
  behind !== undefined && [pod.ipv4, pod.ipv6, ...behind].some((network) => isInPrefix(address, network))

/** Whether whoever is at an interface's other end sends the pod what is for an address, though nobody has it. */
export const isRouted = (address: string, { routed = [] }: Pick<Link, 'routed'>): boolean => routed.includes(address)

/** The interface behind which somebody has this address. */
export const linkBefore = (address: string, links: readonly Link[]): Link | undefined =>
  links.find((link) => isBehind(address, link))

/** Whether a pod forwards what is for others. */
export const forwards = (
  { forwards: said, inner }: { [K in 'forwards' | 'inner']?: PodShape[K] | undefined },
  family: Family,
): boolean => said?.includes(family) ?? inner !== undefined

/** What whoever is at an interface's other end sends to the pod, beside what is for the pod itself. */
export const networksElsewhere = (link: Link, links: readonly Link[]): string[] => [
  ...new Set([
    ...links.flatMap((other) => (other === link || other.behind === undefined ? [] : networksOf(other))),
    ...(link.routed ?? []).map(hostPrefix),
  ]),
]

/** The networks at an interface. */
export const networksOf = ({ pod, behind = [] }: Link): string[] => [
  ...new Set([pod.ipv4, pod.ipv6, ...behind].map(networkOf)),
]

/** The same but for the address alone of whoever is at its other end, who has that as an address already. */
export function anyIpOf(link: Link): string[] {
  const far = Object.values(link.peer).map((address) => hostPrefix(withoutPrefix(address)))
  return networksOf(link).filter((network) => !far.includes(network))
}
