import {
  type AddressPort,
  familyOf,
  formatAddressPort,
  isLoopback,
  loopbackAddresses,
  sameAddressPort,
} from '../../core/address.ts'
import type { Flow } from '../../flow/flow.ts'
import { type Credentials, credentialsOf } from '../../flow/identity.ts'
import { listeningPorts } from '../../flow/listener.ts'
import { isBehind, isRouted, linkBefore } from '../../flow/networks-behind.ts'
import type { AppPlan, AppSocket, PeerPlan } from '../../flow/pod-plan.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { App } from '../../scenario/scenario.ts'
import { withoutProxys } from '../../flow/listener.ts'
import type { Destination } from './destinations.ts'
import type { PodAddresses } from './pod-addresses.ts'

/**
 * The applications that are declared, and one on every other port of the pod that something is sent to, unless that is
 * closed or one of the proxy's.
 * @param proxy what the proxy runs as.
 */
export function planApps(
  declared: readonly App[],
  destinations: readonly Destination[],
  { listeners }: Pick<Profile, 'listeners'>,
  proxy: Credentials,
  addresses: PodAddresses,
): AppPlan[] {
  const ownPorts = listeningPorts(listeners)
  const closedPorts = new Set(addresses.closed.flatMap((at) => (addresses.isInPod(at.address) ? [at.port] : [])))
  const apps: App[] = [...declared]
  const seen = Object.entries(addresses.listening ?? {}) as [AppPlan['protocol'], readonly AppSocket[]][]
  const taken = new Set(apps.map(placeOf))
  for (const { protocol, endpoint, isFromPeer } of destinations.toSorted(tcpFirst)) {
    const { address, port } = endpoint
    // What a peer sends to an address of the pod's is for the pod even where the address is also a loopback one.
    const isElsewhere = !addresses.isInPod(address) || (isFromPeer && isLoopback(address))
    const place = placeOf({ protocol, port })
    const isKnown = addresses.listening?.[protocol] !== undefined
    if (isKnown || isElsewhere || taken.has(place) || closedPorts.has(port) || ownPorts.includes(port)) continue
    taken.add(place)
    apps.push({ port, protocol, bind: 'any', identity: 'app' })
  }
  const conversations = conversationsOf(destinations)
  const isAsked = (protocol: AppPlan['protocol'], port: number): boolean =>
    destinations.some(({ protocol: by, endpoint }) => by === protocol && endpoint.port === port)
  const captured = seen.flatMap(([protocol, sockets]) =>
    withoutProxys(sockets, listeners)
      .filter(
        ({ port }) => isAsked(protocol, port) && apps.every((app) => app.protocol !== protocol || app.port !== port),
      )
      .flatMap((socket) =>
        addressesOf(socket, protocol, destinations, addresses).map((address) => ({ protocol, ...socket, address })),
      ),
  )
  const planned = apps.flatMap((app) =>
    boundTo(app, destinations, addresses).map((address) => ({
      protocol: app.protocol,
      address,
      port: app.port,
      credentials: credentialsOf(app.identity, proxy),
      ...(app.protocol === 'tcp' && conversations.get(app.port)),
    })),
  )
  return [...planned, ...captured]
}

/** Where nobody listens in a pod whose listeners are known, although something is sent there. */
export const unheard = (
  destinations: readonly Destination[],
  apps: readonly AppPlan[],
  addresses: PodAddresses,
): AddressPort[] =>
  unique(
    destinations.flatMap(({ protocol, endpoint }) =>
      addresses.listening?.[protocol] !== undefined &&
      addresses.isInPod(endpoint.address) &&
      apps.every((app) => app.protocol !== protocol || app.port !== endpoint.port)
        ? [endpoint]
        : [],
    ),
  )

/** A socket of UDP on every address is one for each. */
function addressesOf(
  { address, port }: AppSocket,
  protocol: AppPlan['protocol'],
  destinations: readonly Destination[],
  addresses: PodAddresses,
): string[] {
  if (protocol === 'tcp' || (address !== '::' && address !== '0.0.0.0')) return [address]
  return boundTo({ bind: 'any', protocol, port, identity: 'app' }, destinations, addresses).filter(
    (each) => address === '::' || familyOf(each) === 'ipv4',
  )
}

const placeOf = ({ protocol, port }: Pick<App, 'protocol' | 'port'>): string => `${protocol} ${port}`

const tcpFirst = (a: Destination, b: Destination): number => Number(a.protocol === 'udp') - Number(b.protocol === 'udp')

/**
 * TCP takes one socket for every address; UDP needs one for each, since a wildcard socket cannot tell what it was sent
 * to.
 */
function boundTo(
  { bind, protocol, port }: App,
  destinations: readonly Destination[],
  addresses: PodAddresses,
): string[] {
  if (bind === 'pod') return [addresses.pod('eth0', 'ipv4'), addresses.pod('eth0', 'ipv6')]
  if (bind === 'lo') return Object.values(loopbackAddresses)
  if (bind !== 'any') return [bind]
  if (protocol === 'tcp') return ['::']
  const dialled = destinations.flatMap(({ protocol: by, endpoint }) =>
    by === 'udp' && endpoint.port === port && addresses.isInPod(endpoint.address) ? [endpoint.address] : [],
  )
  return [...new Set([...Object.values(loopbackAddresses), ...addresses.own, ...dialled])]
}

/**
 * Every peer answers whatever is sent to somewhere outside the pod, unless that is closed: which peer a packet reaches
 * is for the rules and routes to say. Who stands behind an interface answers what is sent to them.
 */
export function planPeers(destinations: readonly Destination[], addresses: PodAddresses): PeerPlan[] {
  const { inner, links } = addresses
  const outside = destinations.filter(({ endpoint }) => !addresses.isInPod(endpoint.address))
  const [behind, beyond] = [true, false].map((isInner) =>
    outside.filter(({ endpoint }) => (endpoint.address === inner?.address) === isInner),
  )
  const conversations = conversationsOf(destinations)
  const answers = answersTo(beyond ?? [], addresses, conversations, '::')
  const peers = links.map((link): PeerPlan => {
    const has = ({ address }: AddressPort): boolean =>
      address === '::' ||
      (link.behind === undefined
        ? linkBefore(address, links) === undefined && !isRouted(address, link)
        : isBehind(address, link))
    return { interface: link.name, tcp: answers.tcp.filter(has), udp: answers.udp.filter(has) }
  })
  if (inner === undefined || behind === undefined || behind.length === 0) return peers
  return [...peers, { interface: inner.bridge, ...answersTo(behind, addresses, conversations, inner.address) }]
}

/** @param any where a host listens that answers on all of its addresses. */
function answersTo(
  destinations: readonly Destination[],
  addresses: PodAddresses,
  conversations: ReturnType<typeof conversationsOf>,
  any: string,
): Pick<PeerPlan, 'tcp' | 'udp'> {
  const endpoints = (wanted: 'tcp' | 'udp'): AddressPort[] =>
    destinations.flatMap(({ protocol, endpoint }) => (protocol === wanted ? [endpoint] : []))
  const isClosed = (endpoint: AddressPort): boolean =>
    addresses.closed.some((closed) => sameAddressPort(closed, endpoint))
  const isOpen = (endpoint: AddressPort): boolean => !isClosed(endpoint)
  const partlyClosed = new Set(endpoints('tcp').flatMap((endpoint) => (isClosed(endpoint) ? [endpoint.port] : [])))
  const tcp = endpoints('tcp')
    .filter(isOpen)
    .map(({ address, port }) => ({ address: partlyClosed.has(port) ? address : any, port, ...conversations.get(port) }))
  return { tcp: unique(tcp), udp: unique(endpoints('udp').filter(isOpen)) }
}

/** What whoever listens on a port says there. */
function conversationsOf(
  destinations: readonly Destination[],
): Map<number, { conversation: NonNullable<Flow['conversation']> }> {
  return new Map(
    destinations.flatMap(({ protocol, endpoint, conversation }) =>
      protocol !== 'tcp' || conversation === undefined ? [] : [[endpoint.port, { conversation }]],
    ),
  )
}

function unique<T extends AddressPort>(endpoints: readonly T[]): T[] {
  return [...new Map(endpoints.map((endpoint) => [formatAddressPort(endpoint), endpoint])).values()]
}
