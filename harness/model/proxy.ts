import { type AddressPort, familyOf, isLoopback, loopbackAddresses, sameAddressPort } from '../core/address.ts'
import { type Captured, dnsPort, listeningPorts } from '../flow/listener.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { isRoutable } from './path/answers.ts'
import { firstPacket } from './path/first-packet.ts'
import type { NetworkStack } from './stack/network-stack.ts'

/**
 * The connection that the proxy dials on: outbound to the service's endpoint or the original destination, inbound to
 * the application, as its profile says. @param destination what the listener reads as original destination. @param
 * client the client's address as the listener sees it.
 */
export function passedOn(
  captures: Captured,
  { protocol, destination }: Pick<ConcreteFlow, 'protocol' | 'destination'>,
  client: string,
  stack: NetworkStack,
): ConcreteFlow {
  const { credentials, services, dialsOn } = stack.pod.proxy
  const dialled = (to: AddressPort): ConcreteFlow => ({
    ...(dialsOn.mark !== undefined && { mark: dialsOn.mark }),
    // Its sockets set none, whatever the client's has.
    tos: 0,
    credentials,
    origin: { kind: 'pod' },
    protocol,
    family: familyOf(to.address) ?? 'ipv4',
    destination: to,
  })
  if (captures === 'dns') return dialled({ address: dialsOn.dns?.servers[0] ?? destination.address, port: dnsPort })
  const family = familyOf(destination.address) ?? 'ipv4'
  const onLoopback = (): ConcreteFlow => dialled({ address: loopbackAddresses[family], port: destination.port })
  if (captures === 'outbound') {
    const service = services.find(({ at }) => sameAddressPort(at, destination))
    const isOwn = dialsOn.own === 'loopback' && stack.ownAddresses.includes(destination.address)
    return service === undefined && isOwn ? onLoopback() : dialled(service?.to ?? destination)
  }
  const { inbound } = dialsOn
  if (inbound === 'loopback' || (inbound.servicePorts === 'loopback' && isServicePort(destination.port, stack)))
    return onLoopback()
  const address = inbound.from === 'client' ? client : inbound.from[family]
  return {
    ...dialled(destination),
    source: { address },
    ...(inbound.mark !== undefined && { mark: inbound.mark }),
    ...(inbound.from === 'client' && { transparent: true }),
  }
}

/** Whether a service leads to this port of the pod. */
const isServicePort = (port: number, { pod, ownAddresses }: NetworkStack): boolean =>
  pod.proxy.services.some(({ to }) => to.port === port && (isLoopback(to.address) || ownAddresses.includes(to.address)))

/** The proxy never dials a port of its own. */
export function isOwnPort({ address, port }: AddressPort, { pod, ownAddresses }: NetworkStack): boolean {
  return listeningPorts(pod.proxy.listeners).includes(port) && (isLoopback(address) || ownAddresses.includes(address))
}

/** Whether the proxy can bind to the source address that it is to dial from, and a route leads out from there. */
export const canBeSent = (flow: ConcreteFlow, stack: NetworkStack): boolean =>
  (flow.transparent === true || flow.source?.address === undefined || stack.isLocal(flow.source.address)) &&
  isRoutable(firstPacket(flow, stack), stack)
