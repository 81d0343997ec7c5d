import {
  type AddressPort,
  canonicalAddress,
  familyOf,
  loopbackAddresses,
  wildcardAddresses,
} from '../../core/address.ts'
import type { ListeningSocket } from '../packet/listening-socket.ts'
import { type Endpoint, isWithin } from '../packet/packet.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import { isRelay, type Listener, passesOn, stationAt } from '../../flow/listener.ts'

/** Everything that listens in the pod. @param own the pod's addresses. */
export function socketsOf({ proxy, apps }: PodPlan, own: readonly string[]): ListeningSocket[] {
  return [
    ...(proxy.state === 'up' ? proxySockets(proxy, own) : []),
    ...apps.map((app): ListeningSocket => ({ at: 'app', ...app })),
  ]
}

function proxySockets(
  { families, listeners, dialsOn, credentials }: PodPlan['proxy'],
  all: readonly string[],
): ListeningSocket[] {
  const everywhere = families.length > 1 ? ['::'] : families.map((family) => wildcardAddresses[family])
  const loopback = families.map((family) => loopbackAddresses[family])
  const own = [...loopback, ...all].filter((address) => families.some((family) => family === familyOf(address)))
  const open = (listener: Listener): ListeningSocket[] => {
    const { protocol, on, port, transparent } = listener
    const addresses = on === 'loopback' ? loopback : on !== 'any' ? [on] : protocol === 'tcp' ? everywhere : own
    const passedOn = passesOn(listener, dialsOn)
    const socket = {
      at: stationAt(listener),
      protocol,
      port,
      credentials,
      ...(passedOn && { passesOn: passedOn }),
      ...(listener.captures === 'dns' && { isDns: true as const }),
      ...(transparent && { transparent }),
    }
    return addresses.map((address) => ({ ...socket, address }))
  }
  // These receive datagrams that the rules send to listeners that only relay connections.
  const datagrams = listeners
    .filter(isRelay)
    .map(({ transparent: _, ...listener }): Listener => ({ ...listener, protocol: 'udp' }))
  return [...listeners, ...datagrams].flatMap(open)
}

/**
 * The socket that receives what is sent to an address and port: a socket bound to the address comes before a wildcard
 * one.
 */
export function findSocket<S extends AddressPort>(
  sockets: readonly S[],
  { address, port }: AddressPort,
): S | undefined {
  const family = familyOf(address) ?? 'ipv4'
  const onPort = sockets.filter((socket) => socket.port === port)
  return (
    onPort.find((socket) => canonicalAddress(socket.address) === canonicalAddress(address)) ??
    onPort.find((socket) => socket.address === wildcardAddresses[family]) ??
    onPort.find((socket) => socket.address === '::')
  )
}

/** Whether no socket listens on any of the ports that the endpoint may have. */
export function isSurelyClosed(sockets: readonly Pick<AddressPort, 'port'>[], { port: own }: Endpoint): boolean {
  return sockets.every(({ port }) => isWithin(own, { first: port, last: port }) === false)
}
