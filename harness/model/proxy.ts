import { type AddressPort, familyOf, isLoopback, loopbackAddresses, sameAddressPort } from '../core/address.ts'
import { listeningPorts, type Relay } from '../flow/listener.ts'
import type { World } from './world.ts'

/** Where the proxy dials on to: outbound the service's endpoint or what was dialled, inbound the application on loopback. */
export function nextHop(
  relays: Relay['captures'],
  destination: AddressPort,
  services: readonly { at: AddressPort; to: AddressPort }[],
): AddressPort {
  if (relays === 'outbound') return services.find((service) => sameAddressPort(service.at, destination))?.to ?? destination
  return { address: loopbackAddresses[familyOf(destination.address) ?? 'ipv4'], port: destination.port }
}

/** The proxy never dials a port of its own. */
export function isOwnPort({ address, port }: AddressPort, { pod, addresses }: World): boolean {
  return listeningPorts(pod.proxy.listeners).includes(port) && (isLoopback(address) || addresses.includes(address))
}
