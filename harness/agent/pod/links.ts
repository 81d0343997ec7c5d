import { familyOf, withoutPrefix, hostPrefix } from '../../core/address.ts'
import { anyIpOf, networksOf } from '../../flow/networks-behind.ts'
import type { InnerNetwork, Link } from '../../flow/pod-plan.ts'
import {
  newAddress,
  newBridge,
  newLocalRoute,
  newNeighbour,
  newRoute,
  newVeth,
  setLinkUp,
} from '../../sys/sockets/rtnetlink.ts'
import type { Way } from '../sentinel.ts'
import type { LinkMonitor } from './link-monitor.ts'
import { carryOut, loopbackIndex, type Namespace } from './namespace.ts'

/**
 * Indices are chosen by us, so that nobody need be asked; fallback tunnel devices may have the low numbers. The two
 * ends of a pair have different ones: where they are equal, the kernel's link watch takes its time, up to a second
 * (net/core/link_watch.c, linkwatch_urgent_event).
 */
const firstIndex = 100
const farIndex = 200
/** No pod has that many interfaces. */
const innerPosition = 9

/** What watches the two ends of a link: one may carry packets before the other does. */
interface Monitors {
  near: LinkMonitor
  far: LinkMonitor
}

const macOf = (position: number, end: 'near' | 'far'): string => `02:00:00:00:0${position}:0${end === 'near' ? 1 : 2}`

const everything = ['0.0.0.0/0', '::/0'] as const

const networkAddress = (network: string): string => network.slice(0, network.indexOf('/'))

/** Gives the loopback interface of a pod addresses beside its own. */
export function addToLoopback(pod: Namespace, addresses: readonly string[]): void {
  carryOut(
    pod,
    addresses.map((address) => newAddress(loopbackIndex, hostPrefix(address))),
  )
}

/**
 * Connects a pod with the peer at one of its interfaces, which owns every address that is routed to it (AnyIP), or the
 * networks behind that interface alone.
 * @param position of the interface; the first has the default routes.
 * @param sources every address that the pod can send from: the peer must know a way back to each.
 * @param elsewhere networks behind other interfaces of the pod.
 */
export function connectPeer(
  link: Link,
  position: number,
  pod: Namespace,
  peer: Namespace,
  sources: readonly string[],
  elsewhere: readonly string[],
  { near, far }: Monitors,
): Way {
  const index = firstIndex + position
  const [mac, peerMac] = [macOf(position, 'near'), macOf(position, 'far')]
  const gateway = { ipv4: withoutPrefix(link.peer.ipv4), ipv6: withoutPrefix(link.peer.ipv6) }
  // Everything goes by the gateway, addresses of the link's own prefix too, and nobody need ask for a neighbour.
  const prefixes = networksOf(link)
  const routes = position === 0 ? [...prefixes, '0.0.0.0/0', '::/0'] : prefixes
  near.expect(index, withoutPrefix(link.pod.ipv6))
  far.expect(farIndex, gateway.ipv6)
  carryOut(pod, [
    newVeth({ name: link.name, mac, index }, { name: 'eth0', mac: peerMac, index: farIndex, namespaceFd: peer.fd }),
    setLinkUp(index),
    newAddress(index, link.pod.ipv4),
    newAddress(index, link.pod.ipv6),
    ...[gateway.ipv4, gateway.ipv6].map((address) => newNeighbour(address, peerMac, index)),
    ...routes.map((to) => newRoute(to, index, to.includes(':') ? gateway.ipv6 : gateway.ipv4)),
  ])
  carryOut(peer, [
    setLinkUp(farIndex),
    newAddress(farIndex, hostPrefix(gateway.ipv4)),
    newAddress(farIndex, hostPrefix(gateway.ipv6)),
    ...sources.flatMap((address) => [newRoute(hostPrefix(address), farIndex), newNeighbour(address, mac, farIndex)]),
    ...(link.behind === undefined ? everything : anyIpOf(link)).map((network) => newLocalRoute(network, loopbackIndex)),
    ...(link.behind === undefined ? elsewhere : everything).map((network) =>
      newRoute(network, farIndex, withoutPrefix(link.pod[familyOf(networkAddress(network)) ?? 'ipv4'])),
    ),
  ])
  return [
    { namespaceFd: pod.fd, index, mac },
    { namespaceFd: peer.fd, index: farIndex, mac: peerMac },
  ]
}

/**
 * Connects a pod by a bridge with a namespace behind it.
 * @param position the first that no interface of the pod has.
 */
export function connectInner(
  { bridge, bridgeAddress, address, prefix }: InnerNetwork,
  position: number,
  pod: Namespace,
  inner: Namespace,
  { near, far }: Monitors,
): Way {
  const bridgeIndex = firstIndex + position
  const portIndex = bridgeIndex + 1
  const [mac, innerMac] = [macOf(innerPosition, 'near'), macOf(innerPosition, 'far')]
  near.expect(portIndex)
  far.expect(farIndex)
  carryOut(pod, [
    newBridge(bridge, bridgeIndex),
    newVeth(
      { name: 'veth0', mac, index: portIndex },
      { name: 'eth0', mac: innerMac, index: farIndex, namespaceFd: inner.fd },
    ),
    setLinkUp(portIndex, bridgeIndex),
  ])
  carryOut(inner, [
    setLinkUp(farIndex),
    newAddress(farIndex, `${address}/${prefix}`),
    newRoute('0.0.0.0/0', farIndex, bridgeAddress),
    newNeighbour(bridgeAddress, mac, farIndex),
  ])
  // A bridge that comes up before its port carries packets is left to the link watch, which may take a second.
  near.await()
  carryOut(pod, [
    setLinkUp(bridgeIndex),
    newAddress(bridgeIndex, `${bridgeAddress}/${prefix}`),
    newRoute(hostPrefix(address), bridgeIndex),
    newNeighbour(address, innerMac, bridgeIndex),
  ])
  return [
    { namespaceFd: pod.fd, index: bridgeIndex, mac },
    { namespaceFd: inner.fd, index: farIndex, mac: innerMac },
  ]
}
