import { type AddressPort, canonicalAddress, familyOf, loopbackAddresses, wildcardAddresses } from '../core/address.ts'
import type { ListeningSocket } from './listening-socket.ts'
import { type End, isWithin } from './packet.ts'
import type { Surrounding } from './surrounding.ts'

/** Everything that listens in the pod. @param own the pod's addresses. */
export function socketsOf({ proxy, apps }: Surrounding, own: readonly string[]): ListeningSocket[] {
  return [...(proxy.state === 'up' ? proxySockets(proxy, own) : []), ...apps.map((app): ListeningSocket => ({ at: 'app', ...app }))]
}

function proxySockets(
  { families, ports, credentials, transparent = false }: Surrounding['proxy'],
  all: readonly string[],
): ListeningSocket[] {
  const everywhere = families.length > 1 ? ['::'] : families.map((family) => wildcardAddresses[family])
  const loopback = families.map((family) => loopbackAddresses[family])
  const own = [...loopback, ...all].filter((address) => families.some((family) => family === familyOf(address)))
  const open = (at: ListeningSocket['at'], protocol: 'tcp' | 'udp', port: number, addresses: readonly string[]): ListeningSocket[] =>
    addresses.map((address) => ({
      at,
      protocol,
      address,
      port,
      credentials,
      transparent: transparent && protocol === 'tcp' && isListener(at),
    }))
  return [
    ...open('outbound', 'tcp', ports.outbound, everywhere),
    ...open('inbound', 'tcp', ports.inbound, everywhere),
    ...open('envoy-metrics', 'tcp', ports.metrics, everywhere),
    ...ports.probes.flatMap((port) => open('envoy-probe', 'tcp', port, everywhere)),
    ...open('envoy-admin', 'tcp', ports.admin, loopback),
    ...open('outbound', 'udp', ports.outbound, own),
    ...open('inbound', 'udp', ports.inbound, own),
  ]
}

const isListener = (at: ListeningSocket['at']): boolean => at === 'outbound' || at === 'inbound'

/** The socket that gets what comes for an address and port: one for just this address before one for all. */
export function findSocket<S extends AddressPort>(sockets: readonly S[], { address, port }: AddressPort): S | undefined {
  const family = familyOf(address) ?? 'ipv4'
  const onPort = sockets.filter((socket) => socket.port === port)
  return (
    onPort.find((socket) => canonicalAddress(socket.address) === canonicalAddress(address)) ??
    onPort.find((socket) => socket.address === wildcardAddresses[family]) ??
    onPort.find((socket) => socket.address === '::')
  )
}

/** Whether nobody can be there, whichever of its ports an end has. */
export function isSurelyClosed(sockets: readonly Pick<AddressPort, 'port'>[], { port: own }: End): boolean {
  return sockets.every(({ port }) => isWithin(own, { first: port, last: port }) === false)
}
