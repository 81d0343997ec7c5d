import { BlockList } from 'node:net'
import {
  type AddressPort,
  canonicalAddress,
  type Family,
  familyOf,
  isLoopback,
  loopbackAddresses,
  wildcardAddresses,
  withoutPrefix,
} from '../core/address.ts'
import type { Credentials } from '../flow/identity.ts'
import type { Link, Topology } from '../flow/topology.ts'
import type { Listener, Receiver } from '../flow/verdict.ts'

/** A port, or every one. */
export type AnyPort = number | 'any'

/** What is around the rules: the pod's interfaces, who listens where, and what the proxy knows. */
export interface Surrounding {
  links: readonly Link[]
  inner?: NonNullable<Topology['inner']>
  proxy: {
    credentials: Credentials
    state: Topology['proxy']
    families: readonly Family[]
    ports: { outbound: number; inbound: number; admin: number; metrics: number; probes: readonly number[] }
    services: readonly { at: AddressPort; to: AddressPort }[]
  }
  /** `::` is every address of both families. */
  apps: readonly { protocol: 'tcp' | 'udp'; address: string; port: AnyPort; credentials: Credentials }[]
  peers: readonly {
    interface: string
    tcp: readonly { address: string; port: AnyPort }[]
    udp: readonly { address: string; port: AnyPort }[]
    rules?: readonly unknown[]
  }[]
}

export interface ListeningSocket {
  at: Listener | Receiver
  protocol: 'tcp' | 'udp'
  address: string
  port: AnyPort
  credentials: Credentials
}

/** Where a packet of the pod's goes: by loopback to the pod itself, or out by an interface. */
export interface Route {
  device: string
  /** The source that the kernel chooses, if the sender did not. */
  source: string
}

/** The pod as the kernel sees it: addresses, routes and sockets. */
export class World {
  readonly surrounding: Surrounding
  readonly sockets: readonly ListeningSocket[]

  constructor(surrounding: Surrounding) {
    this.surrounding = surrounding
    const { proxy, apps } = surrounding
    this.sockets = [...(proxy.state === 'up' ? this.#proxySockets() : []), ...apps.map((app): ListeningSocket => ({ at: 'app', ...app }))]
  }

  /** The pod's own addresses, loopback and bridge left out. */
  get addresses(): string[] {
    return this.surrounding.links.flatMap(({ pod }) => [withoutPrefix(pod.ipv4), withoutPrefix(pod.ipv6)])
  }

  isLocal(address: string): boolean {
    return isLoopback(address) || this.addresses.includes(address) || address === this.surrounding.inner?.bridgeAddress
  }

  addressType(address: string): 'LOCAL' | 'UNICAST' | 'MULTICAST' | 'BROADCAST' {
    if (this.isLocal(address)) return 'LOCAL'
    const first = Number(address.split('.')[0])
    if (address === '255.255.255.255' || address === '0.0.0.0') return 'BROADCAST'
    return first >= 224 && first < 240 ? 'MULTICAST' : 'UNICAST'
  }

  /** The first address of an interface, which is what REDIRECT in PREROUTING takes. */
  addressOf(device: string, family: Family): string | undefined {
    if (device === 'lo') return loopbackAddresses[family]
    const { links, inner } = this.surrounding
    const link = links.find(({ name }) => name === device)
    if (link !== undefined) return withoutPrefix(link.pod[family])
    return device === inner?.bridge && family === 'ipv4' ? inner.bridgeAddress : undefined
  }

  /** @param bound the device that the socket is bound to. @returns undefined where no route leads. */
  route(destination: string, bound?: string): Route {
    const family = familyOf(destination) ?? 'ipv4'
    if (this.isLocal(destination) && (bound === undefined || this.addressOf(bound, family) === destination))
      return { device: 'lo', source: isLoopback(destination) ? loopbackAddresses[family] : destination }
    const device = bound ?? this.#deviceTo(destination, family)
    return { device, source: this.addressOf(device, family) ?? wildcardAddresses[family] }
  }

  /** The socket that gets what comes for an address and port of the pod's: one for just this address before one for all. */
  socketAt(protocol: 'tcp' | 'udp', to: AddressPort): ListeningSocket | undefined {
    return findSocket(
      this.sockets.filter((socket) => socket.protocol === protocol),
      to,
    )
  }

  /** Whether the host at an interface's other end listens there. */
  peerListens(device: string, protocol: 'tcp' | 'udp', to: AddressPort): boolean {
    const peer = this.surrounding.peers.find((candidate) => candidate.interface === device)
    return peer !== undefined && findSocket(peer[protocol], to) !== undefined
  }

  #deviceTo(destination: string, family: Family): string {
    const { links, inner } = this.surrounding
    if (inner !== undefined && destination === inner.address) return inner.bridge
    const near = links.find(({ pod }) => sharesPrefix(destination, pod[family]))
    return (near ?? links[0])?.name ?? 'lo'
  }

  #proxySockets(): ListeningSocket[] {
    const { families, ports, credentials } = this.surrounding.proxy
    const everywhere = families.length > 1 ? ['::'] : families.map((family) => wildcardAddresses[family])
    const own = [...families.map((family) => loopbackAddresses[family]), ...this.addresses].filter((address) =>
      families.some((family) => family === familyOf(address)),
    )
    const open = (at: ListeningSocket['at'], protocol: 'tcp' | 'udp', port: number, addresses: readonly string[]): ListeningSocket[] =>
      addresses.map((address) => ({ at, protocol, address, port, credentials }))
    return [
      ...open('outbound', 'tcp', ports.outbound, everywhere),
      ...open('inbound', 'tcp', ports.inbound, everywhere),
      ...open('envoy-metrics', 'tcp', ports.metrics, everywhere),
      ...ports.probes.flatMap((port) => open('envoy-probe', 'tcp', port, everywhere)),
      ...open(
        'envoy-admin',
        'tcp',
        ports.admin,
        families.map((family) => loopbackAddresses[family]),
      ),
      ...open('outbound', 'udp', ports.outbound, own),
      ...open('inbound', 'udp', ports.inbound, own),
    ]
  }
}

function findSocket<S extends { address: string; port: AnyPort }>(sockets: readonly S[], { address, port }: AddressPort): S | undefined {
  const family = familyOf(address) ?? 'ipv4'
  const onPort = sockets.filter((socket) => socket.port === port || socket.port === 'any')
  return (
    onPort.find((socket) => canonicalAddress(socket.address) === canonicalAddress(address)) ??
    onPort.find((socket) => socket.address === wildcardAddresses[family]) ??
    onPort.find((socket) => socket.address === '::')
  )
}

function sharesPrefix(address: string, withPrefix: string): boolean {
  const [network = '', length = '0'] = withPrefix.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(length), familyOf(network) ?? 'ipv4')
  return list.check(address, familyOf(address) ?? 'ipv4')
}
