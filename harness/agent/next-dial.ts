import { type AddressPort, familyOf, isLoopback, loopbackAddresses, sameAddressPort } from '../core/address.ts'
import { type Captured, type DialsOn, dnsPort } from '../flow/listener.ts'

/** What the proxy dials on. */
export interface NextDial {
  to: AddressPort
  /** The address that it dials from; by default the route chooses. */
  from?: string
  /** SO_MARK of its socket. */
  mark?: number
  /** `from` may be nobody's here. */
  transparent?: true
}

/** What the proxy of a pod goes by. */
interface Dialling {
  services: readonly { at: AddressPort; to: AddressPort }[]
  dialsOn: DialsOn
  podAddresses: readonly string[]
}

/**
 * Where the proxy passes on what one of its listeners has got, and from where.
 * @param client who seems to have sent it.
 */
export function nextDial(
  captures: Captured,
  destination: AddressPort,
  client: AddressPort,
  { services, dialsOn: { inbound, dns, own, mark: ofAll }, podAddresses }: Dialling,
): NextDial {
  const { address, port } = destination
  const family = familyOf(address) ?? 'ipv4'
  const marked = ofAll !== undefined && { mark: ofAll }
  if (captures === 'dns') return { to: { address: dns?.servers[0] ?? address, port: dnsPort }, ...marked }
  const onLoopback = { to: { address: loopbackAddresses[family], port }, ...marked }
  if (captures === 'outbound') {
    const service = services.find(({ at }) => sameAddressPort(at, destination))?.to
    if (service === undefined && own === 'loopback' && podAddresses.includes(address)) return onLoopback
    return { to: service ?? destination, ...marked }
  }
  if (inbound === 'loopback') return onLoopback
  const isDeclared = services.some(
    ({ to }) => to.port === port && (isLoopback(to.address) || podAddresses.includes(to.address)),
  )
  if (inbound.servicePorts === 'loopback' && isDeclared) return onLoopback
  const mark = inbound.mark === undefined ? marked : { mark: inbound.mark }
  if (inbound.from === 'client') return { to: destination, from: client.address, transparent: true, ...mark }
  return { to: destination, from: inbound.from[family], ...mark }
}
