import {
  type AddressPort,
  type Family,
  familyOf,
  isInPrefix,
  isLoopback,
  loopbackAddresses,
  networkEdges,
  wildcardAddresses,
  withoutPrefix,
} from '../../core/address.ts'
import { remembered } from '../../core/remembered.ts'
import { forwards } from '../../flow/networks-behind.ts'
import type { Link, PodPlan } from '../../flow/pod-plan.ts'
import { noRouting, type PolicyRouting } from '../../flow/policy-routing.ts'
import type { Endpoint } from '../packet/packet.ts'
import { findSocket, isSurelyClosed, socketsOf } from './sockets.ts'
import type { ListeningSocket } from '../packet/listening-socket.ts'
import { type Lookup, PolicyRoutes } from './policy-routes.ts'

/**
 * The result of a route lookup: delivery to the pod itself by loopback, whatever the address, or out by an interface.
 */
interface RouteResult {
  device: string
  /** The source that the kernel chooses, if the sender did not. */
  source: string
  /** No table has it: IPv4 takes the destination for a neighbour of a socket that is bound to a device. */
  isSupposed?: true
}

/** The pod as the kernel sees it: addresses, routes and sockets. */
export class NetworkStack {
  readonly pod: PodPlan
  /** The pod's own addresses, without loopback and bridge. */
  readonly addresses: readonly string[]
  /** Those, and the addresses added to lo. */
  readonly ownAddresses: readonly string[]
  readonly sockets: readonly ListeningSocket[]
  /** What was added to the kernel's own routing. */
  readonly routing: Pick<PolicyRouting, 'rules' | 'routes'>
  readonly #policy: PolicyRoutes
  readonly #byProtocol: Readonly<Record<'tcp' | 'udp', readonly ListeningSocket[]>>

  /** @param routing the policy routing added to the kernel's own. */
  constructor(pod: PodPlan, routing: Pick<PolicyRouting, 'rules' | 'routes'> = noRouting) {
    this.pod = pod
    this.addresses = pod.links.flatMap((link) => [withoutPrefix(link.pod.ipv4), withoutPrefix(link.pod.ipv6)])
    this.ownAddresses = [...this.addresses, ...(pod.loopback ?? [])]
    this.routing = routing
    this.#policy = new PolicyRoutes(routing)
    this.sockets = socketsOf(pod, this.ownAddresses)
    const { tcp = [], udp = [] } = Object.groupBy(this.sockets, ({ protocol }) => protocol)
    this.#byProtocol = { tcp, udp }
  }

  isLocal(address: string): boolean {
    return isLoopback(address) || this.ownAddresses.includes(address) || address === this.pod.inner?.bridgeAddress
  }

  /**
   * The entry of table local for an IPv4 address: an address of the pod, or the broadcast address of an interface's
   * network.
   */
  localRoute(address: string): { type: 'LOCAL' | 'BROADCAST'; device: string } | undefined {
    if (isLoopback(address)) return { type: address === '127.255.255.255' ? 'BROADCAST' : 'LOCAL', device: 'lo' }
    const { links, inner, loopback = [] } = this.pod
    if (loopback.includes(address)) return { type: 'LOCAL', device: 'lo' }
    const networks = links.map(({ name, pod }) => ({ device: name, network: pod.ipv4 }))
    if (inner !== undefined) networks.push({ device: inner.bridge, network: `${inner.bridgeAddress}/${inner.prefix}` })
    const own = networks.find(({ network }) => withoutPrefix(network) === address)
    if (own !== undefined) return { type: 'LOCAL', device: own.device }
    const broadcast = networks.find(({ network }) => networkEdges(network).last === address)
    return broadcast && { type: 'BROADCAST', device: broadcast.device }
  }

  /** Whether it is an address of the pod or, if an interface is named, of that interface. */
  isOwn(address: string, device?: string): boolean {
    if (device === undefined) return this.isLocal(address)
    const isOnLo = isLoopback(address) || (this.pod.loopback ?? []).includes(address)
    return device === 'lo' ? isOnLo : this.addressOf(device, familyOf(address) ?? 'ipv4') === address
  }

  /**
   * Whether an IPv6 address is anycast to addrtype: the first one of a network that a route leads to without a gateway
   * (ipv6_anycast_destination in include/net/ip6_route.h). Policy routing alone has such routes: a pod's addresses
   * bring none.
   * @param bound the device that the route must use.
   */
  isAnycast(address: string, bound?: string): boolean {
    const found = this.#policy.find(address, { bound })
    return found !== undefined && found.via === undefined && networkEdges(found.destination).first === address
  }

  /** The first IPv4 address that is no loopback one: lo comes before all other interfaces. */
  get sourceBesideLoopback(): string | undefined {
    return [...(this.pod.loopback ?? []), ...this.addresses].find(
      (address) => familyOf(address) === 'ipv4' && !isLoopback(address),
    )
  }

  /** The first address of an interface, which REDIRECT in PREROUTING uses. */
  addressOf(device: string, family: Family): string | undefined {
    if (device === 'lo') return loopbackAddresses[family]
    const { links, inner } = this.pod
    const link = links.find(({ name }) => name === device)
    if (link !== undefined) return withoutPrefix(link.pod[family])
    return device === inner?.bridge && family === 'ipv4' ? inner.bridgeAddress : undefined
  }

  /** The route that the kernel chooses: table local comes first, then the policy routing, then table main. */
  route(destination: string, lookup: Omit<Lookup, 'bound'> = {}): RouteResult {
    const family = familyOf(destination) ?? 'ipv4'
    if (this.isLocal(destination)) return deliveredTo(destination)
    const found = this.#policy.find(destination, lookup)
    if (found?.type === 'local') return { device: 'lo', source: destination }
    return this.#routeBy(found?.dev ?? this.#deviceTo(destination), family)
  }

  /**
   * The same for a socket that is bound to a device, which other routes do not serve. Where none leads by it IPv4 takes
   * whatever the destination is for a neighbour (ip_route_output_key_hash_rcu in net/ipv4/route.c), and IPv6 has no
   * route (rt6_device_match in net/ipv6/route.c).
   * @returns undefined if there is none.
   */
  routeBy(device: string, destination: string, lookup: Omit<Lookup, 'bound'> = {}): RouteResult | undefined {
    const family = familyOf(destination) ?? 'ipv4'
    if (this.isOwn(destination, device)) return deliveredTo(destination)
    const found = this.#policy.find(destination, { ...lookup, bound: device })
    if (found?.type === 'local') return { device: 'lo', source: destination }
    const isLed = found !== undefined || this.#leadsTo(destination, device, family)
    // Who sends to an address of its own does so from there, wherever it has that (ipv6_get_saddr_eval in
    // net/ipv6/addrconf.c).
    if (family === 'ipv6' && isLed && this.isLocal(destination)) return { device, source: destination }
    if (isLed) return this.#routeBy(device, family)
    if (family === 'ipv6') return undefined
    // A loopback address has too narrow a scope for that (inet_select_addr in net/ipv4/devinet.c).
    const source = device === 'lo' ? this.sourceBesideLoopback : undefined
    return { ...this.#routeBy(device, family), ...(source && { source }), isSupposed: true }
  }

  /** The route of table main, to a destination that is not the pod's. */
  mainRoute(destination: string): RouteResult {
    const family = familyOf(destination) ?? 'ipv4'
    return this.#routeBy(this.#deviceTo(destination), family)
  }

  #routeBy(device: string, family: Family): RouteResult {
    return { device, source: this.addressOf(device, family) ?? wildcardAddresses[family] }
  }

  /** Whether it forwards what is for others. */
  forwards(family: Family): boolean {
    return forwards(this.pod, family)
  }

  socketsOf(protocol: 'tcp' | 'udp'): readonly ListeningSocket[] {
    return this.#byProtocol[protocol]
  }

  /** The socket that receives packets for an address and port of the pod. */
  socketAt(protocol: 'tcp' | 'udp', to: AddressPort): ListeningSocket | undefined {
    return findSocket(this.socketsOf(protocol), to)
  }

  /** Whether a socket of the pod may receive them, where the kernel is free to choose the port. */
  mayListen(protocol: 'tcp' | 'udp', to: Endpoint): boolean {
    return !isSurelyClosed(this.socketsOf(protocol), to)
  }

  /** The same of the host at an interface's other end. */
  mayPeerListen(device: string, protocol: 'tcp' | 'udp', to: Endpoint): boolean {
    return !isSurelyClosed(this.#peerSockets(device, protocol), to)
  }

  /** Whether the host at an interface's other end listens there. */
  isPeerListening(device: string, protocol: 'tcp' | 'udp', at: AddressPort): boolean {
    return findSocket(this.#peerSockets(device, protocol), at) !== undefined
  }

  /** A pod that forwards IPv6 takes in what is for all routers on one of its networks (RFC 4291, 2.6.1). */
  isSharedByRouters(address: string): boolean {
    return this.forwards('ipv6') && this.pod.links.some(({ pod }) => networkEdges(pod.ipv6).first === address)
  }

  #peerSockets(device: string, protocol: 'tcp' | 'udp'): readonly AddressPort[] {
    return this.pod.peers.find((candidate) => candidate.interface === device)?.[protocol] ?? []
  }

  /** Whether table main has a route that leads there by a device: the first interface has the default one. */
  #leadsTo(destination: string, device: string, family: Family): boolean {
    return this.pod.links.some(
      (link, index) =>
        link.name === device &&
        (index === 0 || networksOf(link, family).some((network) => isInPrefix(destination, network))),
    )
  }

  /** The device that table main leads there by. */
  readonly #deviceTo = remembered((destination: string): string => {
    const { links, inner } = this.pod
    const family = familyOf(destination) ?? 'ipv4'
    if (inner !== undefined && destination === inner.address) return inner.bridge
    const near = links
      .flatMap((link) => networksOf(link, family).map((network) => ({ name: link.name, network })))
      .filter(({ network }) => isInPrefix(destination, network))
      .toSorted((a, b) => lengthOf(b.network) - lengthOf(a.network))[0]
    return (near ?? links[0])?.name ?? 'lo'
  })
}

/** An address of the pod is its own source, but on loopback, where that is the first one. */
const deliveredTo = (own: string): RouteResult => ({
  device: 'lo',
  source: isLoopback(own) ? loopbackAddresses[familyOf(own) ?? 'ipv4'] : own,
})

const networksOf = ({ pod, behind = [] }: Link, family: Family): string[] => [
  pod[family],
  ...behind.filter((network) => familyOf(withoutPrefix(network)) === family),
]

const lengthOf = (network: string): number => Number(network.slice(network.indexOf('/') + 1))
