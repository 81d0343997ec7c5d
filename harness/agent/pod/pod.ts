import { addressBytes, addressFromBytes } from '../../core/address.ts'
import { createNamespace, inNamespace, removeNamespace } from '../../sys/network-namespace.ts'
import { Netlink, netlinkFamily, type NetlinkMessage } from '../../sys/netlink.ts'
import {
  isLinkUp,
  linkGroup,
  newAddress,
  newBridge,
  newLocalRoute,
  newNeighbour,
  newRoute,
  newVeth,
  setLinkUp,
} from '../../sys/rtnetlink.ts'
import type { Origin } from '../../flow/flow.ts'
import type { Link, Topology } from '../../flow/topology.ts'
import type { Way } from '../sentinel.ts'
import type { Receiver } from '../../flow/verdict.ts'
import { RawWitness } from '../raw-witness.ts'
import { probePorts, setSysctls } from './sysctls.ts'

const loopbackIndex = 1
/**
 * Chosen by us, so that nobody need be asked; fallback tunnel devices may have the low numbers. The two ends of a pair have
 * different ones: where they are equal, the kernel's link watch takes its time, up to a second (net/core/link_watch.c,
 * linkwatch_urgent_event).
 */
const firstIndex = 100
const farIndex = 200

interface Namespace {
  name: string
  fd: number
}

/** What a pod looks like from outside. */
export interface PodShape {
  links: readonly Link[]
  inner?: NonNullable<Topology['inner']>
}

/** A pod's network namespace with its interfaces, and the hosts at their other ends: no uplink, so nothing ever leaves. */
export class Pod {
  readonly name: string
  readonly links: readonly Link[]
  readonly #pod: Namespace
  readonly #peers = new Map<string, Namespace>()
  readonly #inner: Namespace | undefined
  readonly #monitor: Netlink
  readonly #waitingFor = new Set<number>()
  /** What sees packets that no process is told of. */
  readonly witnesses: readonly { at: Receiver; witness: RawWitness }[]
  #nextPort: number = probePorts.first
  #isRemoved = false

  constructor(name: string, { links, inner }: PodShape) {
    this.name = name
    this.links = links
    this.#pod = makeNamespace(name, { forwards: inner !== undefined, ownsEverything: false })
    this.#monitor = inNamespace(this.#pod.fd, () => new Netlink(netlinkFamily.route, linkGroup))
    // Every source that the pod can send from must have a way back by every link.
    const sources = [...this.addresses, ...(inner === undefined ? [] : [inner.address])]
    links.forEach((link, position) => {
      const peer = makeNamespace(`${name}.${link.name}`, { forwards: false, ownsEverything: true })
      this.#peers.set(link.name, peer)
      connect(link, position, this.#pod, peer, sources)
      this.#waitingFor.add(firstIndex + position)
    })
    if (inner !== undefined) {
      this.#inner = makeNamespace(`${name}.inner`, { forwards: false, ownsEverything: false })
      connectInner(inner, links.length, this.#pod, this.#inner)
      this.#waitingFor.add(firstIndex + links.length).add(firstIndex + links.length + 1)
    }
    this.witnesses = [
      { at: 'app', witness: new RawWitness(this.#pod.fd, ['icmp']) },
      ...[...this.#peers.values()].map(({ fd }) => ({ at: 'peer' as const, witness: new RawWitness(fd, ['icmp', 'tcp']) })),
    ]
  }

  /** Returns once every link carries packets. Blocks, though hardly ever: the kernel has long been done by the time that rules are applied. */
  awaitLinks(): void {
    while (this.#waitingFor.size > 0) {
      const [index] = this.#waitingFor
      this.#monitor.hear(`link ${index} up`, (body) =>
        [...this.#waitingFor].some((link) => isLinkUp(body, link) && this.#waitingFor.delete(link)),
      )
    }
  }

  /** A source port that no flow of this pod has had. */
  takePort(): number {
    this.#nextPort += 1
    return this.#nextPort - 1
  }

  get portsLeft(): number {
    return probePorts.last - this.#nextPort
  }

  /** The namespace in which a flow of this origin is sent. */
  namespaceOf(origin: Origin): Namespace {
    const namespace = origin.kind === 'pod' ? this.#pod : origin.kind === 'inner' ? this.#inner : this.#peers.get(origin.interface)
    if (namespace === undefined) throw new Error(`${this.name} has no namespace for ${JSON.stringify(origin)}`)
    return namespace
  }

  get namespace(): Namespace {
    return this.#pod
  }

  get peers(): ReadonlyMap<string, Namespace> {
    return this.#peers
  }

  /** Every address of the pod's own interfaces, loopback left out. */
  get addresses(): string[] {
    return this.links.flatMap(({ pod }) => [bare(pod.ipv4), bare(pod.ipv6)])
  }

  /** Every way that a packet can take between the pod, its peers and itself. */
  get ways(): Way[] {
    const loopback = { namespaceFd: this.#pod.fd, index: loopbackIndex, mac: '00:00:00:00:00:00' }
    const links = [...this.#peers.values()].map(
      (peer, position): Way => [
        { namespaceFd: this.#pod.fd, index: firstIndex + position, mac: macOf(position, 'pod') },
        { namespaceFd: peer.fd, index: farIndex, mac: macOf(position, 'peer') },
      ],
    )
    const inner: Way[] = this.#inner === undefined ? [] : [innerWay(this.#pod.fd, this.#inner.fd, this.links.length)]
    return [[loopback, loopback], ...links, ...inner]
  }

  remove(): void {
    if (this.#isRemoved) return
    this.#isRemoved = true
    this.#monitor.close()
    for (const { witness } of this.witnesses) witness.close()
    for (const { name, fd } of [this.#pod, ...this.#peers.values(), ...(this.#inner ? [this.#inner] : [])]) removeNamespace(name, fd)
  }
}

function makeNamespace(name: string, role: Parameters<typeof setSysctls>[0]): Namespace {
  const fd = createNamespace(name)
  inNamespace(fd, () => {
    setSysctls(role)
    carryOut([setLinkUp(loopbackIndex)])
  })
  return { name, fd }
}

function carryOut(messages: readonly NetlinkMessage[]): void {
  const netlink = new Netlink(netlinkFamily.route)
  try {
    netlink.carryOut(messages)
  } finally {
    netlink.close()
  }
}

export const bare = (withPrefix: string): string => withPrefix.slice(0, withPrefix.indexOf('/'))
const single = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`

/** The prefix itself: the kernel wants a route's host bits to be zero. */
function networkOf(withPrefix: string): string {
  const [address = '', length = ''] = withPrefix.split('/')
  const bytes = addressBytes(address)
  for (let bit = Number(length); bit < bytes.length * 8; bit += 1) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) & ~(0x80 >> (bit & 7))
  return `${addressFromBytes(bytes)}/${length}`
}

/** The end of a link at its peer. */
export const peerInterface = 'p0'
/** No pod has that many interfaces. */
const innerPosition = 9
const macOf = (position: number, end: 'pod' | 'peer'): string => `02:00:00:00:0${position}:0${end === 'pod' ? 1 : 2}`

function connect(link: Link, position: number, pod: Namespace, peer: Namespace, waysBack: readonly string[]): void {
  const index = firstIndex + position
  const podMac = macOf(position, 'pod')
  const peerMac = macOf(position, 'peer')
  const gateway = { ipv4: bare(link.peer.ipv4), ipv6: bare(link.peer.ipv6) }
  // Everything goes by the gateway, addresses of the link's own prefix too: the peer owns them all, and nobody need ask.
  const prefixes = [link.pod.ipv4, link.pod.ipv6].map(networkOf)
  const routes = position === 0 ? [...prefixes, '0.0.0.0/0', '::/0'] : prefixes
  inNamespace(pod.fd, () =>
    carryOut([
      newVeth({ name: link.name, mac: podMac, index }, { name: peerInterface, mac: peerMac, index: farIndex, namespaceFd: peer.fd }),
      setLinkUp(index),
      newAddress(index, link.pod.ipv4),
      newAddress(index, link.pod.ipv6),
      ...[gateway.ipv4, gateway.ipv6].map((address) => newNeighbour(address, peerMac, index)),
      ...routes.map((to) => newRoute(to, index, to.includes(':') ? gateway.ipv6 : gateway.ipv4)),
    ]),
  )
  inNamespace(peer.fd, () =>
    carryOut([
      setLinkUp(farIndex),
      newAddress(farIndex, single(gateway.ipv4)),
      newAddress(farIndex, single(gateway.ipv6)),
      ...waysBack.flatMap((address) => [newRoute(single(address), farIndex), newNeighbour(address, podMac, farIndex)]),
      newLocalRoute('0.0.0.0/0', loopbackIndex),
      newLocalRoute('::/0', loopbackIndex),
    ]),
  )
}

const innerWay = (podFd: number, innerFd: number, position: number): Way => [
  { namespaceFd: podFd, index: firstIndex + position, mac: macOf(innerPosition, 'pod') },
  { namespaceFd: innerFd, index: farIndex, mac: macOf(innerPosition, 'peer') },
]

function connectInner(inner: NonNullable<Topology['inner']>, position: number, pod: Namespace, namespace: Namespace): void {
  const bridge = firstIndex + position
  const port = bridge + 1
  const [portMac, innerMac] = [macOf(innerPosition, 'pod'), macOf(innerPosition, 'peer')]
  inNamespace(pod.fd, () =>
    carryOut([
      newBridge(inner.bridge, bridge),
      newVeth({ name: 'veth0', mac: portMac, index: port }, { name: 'eth0', mac: innerMac, index: farIndex, namespaceFd: namespace.fd }),
      setLinkUp(port, bridge),
      setLinkUp(bridge),
      newAddress(bridge, `${inner.bridgeAddress}/${inner.prefix}`),
      newRoute(single(inner.address), bridge),
      newNeighbour(inner.address, innerMac, bridge),
    ]),
  )
  inNamespace(namespace.fd, () =>
    carryOut([
      setLinkUp(farIndex),
      newAddress(farIndex, `${inner.address}/${inner.prefix}`),
      newRoute('0.0.0.0/0', farIndex, inner.bridgeAddress),
      newNeighbour(inner.bridgeAddress, portMac, farIndex),
    ]),
  )
}
