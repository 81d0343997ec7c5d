import { familyOf, isLoopback, networkEdges, wildcardAddresses, withoutPrefix } from '../core/address.ts'
import { rememberedOf } from '../core/remembered.ts'
import type { ConcreteFlow } from './flow.ts'
import { isBehind, linkBefore } from './networks-behind.ts'
import type { PodShape } from './pod-plan.ts'

/** What is wrong with an end of a flow, and what to write in its place. */
export interface Unsendable {
  end: 'source' | 'destination'
  why: string
  hint?: string
}

/**
 * Why no kernel sends a flow from where it is to be sent, whatever the rules say, or why nobody could say what became
 * of it.
 * @returns undefined where one does.
 */
export function unsendable(flow: ConcreteFlow, addresses: PodShape): Unsendable | undefined {
  return wrongDestination(flow, addresses) ?? wrongSource(flow, addresses)
}

function wrongDestination(
  { origin, destination: { address } }: ConcreteFlow,
  addresses: PodShape,
): Unsendable | undefined {
  const wrong = (why: string, hint?: string): Unsendable => ({
    end: 'destination',
    why: `${address} ${why}`,
    ...(hint && { hint }),
  })
  // Connecting there connects to loopback (ip_route_output_key_hash_rcu in net/ipv4/route.c, tcp_v6_connect in
  // net/ipv6/tcp_ipv6.c).
  if (isWildcard(address)) return wrong('is no destination: the kernel takes loopback in its place', 'write lo:PORT')
  if (isBroadcast(address, addresses)) return wrong('is a broadcast address, and a flow goes to one receiver')
  if (isOfRouters(address, addresses))
    return wrong('is shared by all routers of its network, and a flow goes to one receiver')
  if (isMulticast(address)) return wrong('is a multicast address, and a flow goes to one receiver')
  if (isLinkLocal(address)) return wrong('is an address of one link, and no flow says of which')
  if (origin.kind === 'pod' || !isLoopback(address)) return undefined
  return wrong(
    'is a loopback address, and nothing from outside is sent there',
    "write one of the pod's own, such as pod:PORT",
  )
}

function wrongSource(
  { origin, family, source = {}, destination, transparent }: ConcreteFlow,
  addresses: PodShape,
): Unsendable | undefined {
  const { address } = source
  if (address === undefined) return undefined
  const wrong = (why: string, hint?: string): Unsendable => ({
    end: 'source',
    why: `${address} ${why}`,
    ...(hint && { hint }),
  })
  if (isWildcard(address)) return wrong('is what a socket has before it is bound', 'leave it out')
  if (
    isMulticast(address) ||
    isLinkLocal(address) ||
    isBroadcast(address, addresses) ||
    isOfRouters(address, addresses)
  )
    return wrong("is no host's address here")
  if (transparent) return undefined
  const own = ownAddresses(addresses)
  if (origin.kind === 'inner') {
    const { address: inner } = addresses.inner ?? {}
    return address === inner
      ? undefined
      : wrong('is not the address of the namespace behind the bridge', `that is ${inner ?? 'none'}`)
  }
  if (origin.kind === 'pod') {
    if (!isLoopback(address)) {
      if (own.includes(address)) return undefined
      const known = own.filter((other) => familyOf(other) === family).join(', ')
      return wrong("is none of the pod's addresses", `they are ${known}`)
    }
    // No route leads out from there (__mkroute_output in net/ipv4/route.c); IPv6 leaves that to whom it reaches.
    const isOut = family === 'ipv4' && !isLoopback(destination.address) && !own.includes(destination.address)
    return isOut ? wrong('is a loopback address, and the kernel sends nothing out from there') : undefined
  }
  if (own.includes(address)) return wrong("is the pod's own address", 'nobody else sends from there')
  const link = addresses.links.find(({ name }) => name === origin.interface)
  if (link?.behind !== undefined && !isBehind(address, link))
    return wrong(`is not behind ${link.name}`, `what is there: ${link.behind.join(', ')}`)
  const before = link?.behind === undefined ? linkBefore(address, addresses.links) : undefined
  if (before !== undefined) return wrong(`is behind ${before.name}, so it does not come in by ${origin.interface}`)
  const isRefused = family === 'ipv4' && isLoopback(address)
  return isRefused ? wrong('is a loopback address, and the kernel sends nothing out from there') : undefined
}

const ownAddresses = rememberedOf(({ links, inner, loopback = [] }: PodShape): readonly string[] => [
  ...links.flatMap(({ pod }) => [withoutPrefix(pod.ipv4), withoutPrefix(pod.ipv6)]),
  ...(inner === undefined ? [] : [inner.bridgeAddress]),
  ...loopback,
])

const isWildcard = (address: string): boolean => wildcards.includes(address)

const wildcards: readonly string[] = Object.values(wildcardAddresses)

const isMulticast = (address: string): boolean =>
  familyOf(address) === 'ipv4' ? Number.parseInt(address, 10) >> 4 === 0b1110 : address.startsWith('ff')

/** Whether an address means one link alone, fe80::/10: it says nothing without the link. */
export const isLinkLocal = (address: string): boolean => /^fe[89ab]/.test(address)

function isBroadcast(address: string, { links, inner }: PodShape): boolean {
  if (address === '255.255.255.255' || address === '127.255.255.255') return true
  const networks = [
    ...links.map(({ pod }) => pod.ipv4),
    ...(inner === undefined ? [] : [`${inner.bridgeAddress}/${inner.prefix}`]),
  ]
  return networks.some((network) => networkEdges(network).last === address)
}

/** A pod that forwards IPv6 takes in what is for all routers on one of its networks (RFC 4291, 2.6.1). */
const isOfRouters = (address: string, { forwards, links }: PodShape): boolean =>
  forwards?.includes('ipv6') === true && links.some(({ pod: { ipv6 } }) => networkEdges(ipv6).first === address)
