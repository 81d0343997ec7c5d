import { withoutPrefix } from '../../core/address.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import { defaultZone, type Packet } from '../packet/packet.ts'
import { noRoute } from '../packet/unpredictable.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

export const tcpFlags = { syn: 0x02, synAck: 0x12, ack: 0x10, rst: 0x04, rstAck: 0x14 } as const

/** The address that the kernel chooses. @throws Unpredictable if there is no route. */
function sourceOf(destination: string, mark: number, bound: string | undefined, stack: NetworkStack): string {
  if (bound === undefined) return stack.route(destination, { mark }).source
  const route = stack.routeBy(bound, destination, { mark })
  if (route === undefined) throw noRoute(destination, bound)
  return route.source
}

/** The first packet of a flow. */
export function firstPacket(
  { credentials, origin, protocol, family, destination, source = {}, bindToDevice, mark = 0, tos, raw }: ConcreteFlow,
  stack: NetworkStack,
): Packet {
  const chosen = (): string => {
    if (origin.kind === 'pod') return sourceOf(destination.address, mark, bindToDevice, stack)
    const { links, inner } = stack.pod
    if (origin.kind === 'inner') return inner?.address ?? ''
    return withoutPrefix(links.find(({ name }) => name === origin.interface)?.peer[family] ?? '')
  }
  return {
    family,
    protocol,
    source: {
      address: source.address ?? chosen(),
      port: protocol === 'icmp' ? 0 : (source.port ?? stack.pod.proxy.dialPorts.representative),
    },
    destination: { ...destination },
    in: undefined,
    out: undefined,
    owner: origin.kind === 'pod' ? credentials : 'nobody',
    mark: origin.kind === 'pod' ? mark : 0,
    tcpFlags: protocol === 'tcp' ? (raw ?? tcpFlags.syn) : 0,
    tos,
    state: 'INVALID',
    zone: defaultZone,
    hasOwnHopLimit: false,
    socket: undefined,
  }
}
