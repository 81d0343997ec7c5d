import type { AddressType } from '../../netfilter/condition.ts'
import type { Answer } from './answer.ts'
import type { Packet } from '../packet/packet.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

/** Evaluates `-m addrtype` (net/netfilter/xt_addrtype.c), which the two families implement differently. */
export function evaluateAddressType(
  { side, types: asked, device: limit, negated }: AddressType,
  packet: Packet,
  stack: NetworkStack,
): Answer {
  const device = limit && (packet[limit] ?? '')
  const { address } = packet[side]
  const types = packet.family === 'ipv4' ? [ipv4Type(address, device, stack)] : ipv6Types(address, device, stack)
  const actual = types.join(',')
  // Which addresses are unreachable by this interface alone is not known.
  if (packet.family === 'ipv6' && device !== undefined && asked.includes('UNREACHABLE'))
    return { truth: 'unknown', actual }
  const isMet = packet.family === 'ipv4' ? asked.includes(actual) : isMetInIPv6(asked, types)
  return { truth: isMet !== negated, actual }
}

/** The one type, from table local (inet_dev_addr_type in net/ipv4/fib_frontend.c). */
function ipv4Type(address: string, device: string | undefined, stack: NetworkStack): string {
  if (address === '255.255.255.255' || address === '0.0.0.0') return 'BROADCAST'
  const first = Number(address.split('.')[0])
  if (first >= 224 && first < 240) return 'MULTICAST'
  const found = stack.localRoute(address)
  return found === undefined || (device !== undefined && device !== found.device) ? 'UNICAST' : found.type
}

/**
 * From the address itself, and from the route to it, looked up as for a packet that the pod sends: by policy routing,
 * without a mark (match_lookup_rt6). With an interface, only the address of that interface is local, whatever the
 * routes are.
 */
function ipv6Types(address: string, device: string | undefined, stack: NetworkStack): string[] {
  const isMulticast = address.startsWith('ff')
  const isRoutedHere = device === undefined && !isMulticast && stack.route(address).device === 'lo'
  return [
    ...(address === '::' ? ['UNSPEC'] : [isMulticast ? 'MULTICAST' : 'UNICAST']),
    ...(isRoutedHere || stack.isOwn(address, device) ? ['LOCAL'] : []),
    ...(stack.isAnycast(address, device) ? ['ANYCAST'] : []),
  ]
}

/** All types that depend on the address must match, but only one of those that depend on its route (match_type6). */
function isMetInIPv6(asked: readonly string[], own: readonly string[]): boolean {
  const byItself = ['UNSPEC', 'UNICAST', 'MULTICAST']
  const byRoute = asked.filter((type) => !byItself.includes(type))
  const isMetByItself = asked.every((type) => !byItself.includes(type) || own.includes(type))
  return isMetByItself && (byRoute.length === 0 || byRoute.some((type) => own.includes(type)))
}
