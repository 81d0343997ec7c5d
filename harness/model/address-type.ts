import type { AddressType } from '../netfilter/condition.ts'
import type { Answer } from './answer.ts'
import type { Packet } from './packet.ts'
import type { World } from './world.ts'

/** What kind of address a packet has (net/netfilter/xt_addrtype.c): the two families ask different things. */
export function evaluateAddressType({ side, types: asked, device: limit, negated }: AddressType, packet: Packet, world: World): Answer {
  const device = limit && (packet[limit] ?? '')
  const { address } = packet[side]
  const types = packet.family === 'ipv4' ? [ipv4Type(address, device, world)] : ipv6Types(address, device, world)
  const actual = types.join(',')
  // Which routes lead nowhere by just this interface is nobody's knowledge here.
  if (packet.family === 'ipv6' && device !== undefined && asked.includes('UNREACHABLE')) return { truth: 'unknown', actual }
  const isMet = packet.family === 'ipv4' ? asked.includes(actual) : isMetInIPv6(asked, types)
  return { truth: isMet !== negated, actual }
}

/** One type, by the routes to what is local (inet_dev_addr_type in net/ipv4/fib_frontend.c). */
function ipv4Type(address: string, device: string | undefined, world: World): string {
  if (address === '255.255.255.255' || address === '0.0.0.0') return 'BROADCAST'
  const first = Number(address.split('.')[0])
  if (first >= 224 && first < 240) return 'MULTICAST'
  const found = world.localRoute(address)
  return found === undefined || (device !== undefined && device !== found.device) ? 'UNICAST' : found.type
}

/**
 * The address itself, and the route to it that is looked up as if the pod sent there: policy routing is asked, and no mark counts
 * (match_lookup_rt6). With an interface, local is what that has for an address, whatever the routes say.
 */
function ipv6Types(address: string, device: string | undefined, world: World): string[] {
  const isMulticast = address.startsWith('ff')
  const isRoutedHere = device === undefined && !isMulticast && world.route(address).device === 'lo'
  return [
    ...(address === '::' ? ['UNSPEC'] : [isMulticast ? 'MULTICAST' : 'UNICAST']),
    ...(isRoutedHere || world.isOwn(address, device) ? ['LOCAL'] : []),
    ...(world.isAnycast(address, device) ? ['ANYCAST'] : []),
  ]
}

/** What the address itself is must all be so; of what its route is, one thing is enough (match_type6). */
function isMetInIPv6(asked: readonly string[], own: readonly string[]): boolean {
  const byItself = ['UNSPEC', 'UNICAST', 'MULTICAST']
  const byRoute = asked.filter((type) => !byItself.includes(type))
  const isMetByItself = asked.every((type) => !byItself.includes(type) || own.includes(type))
  return isMetByItself && (byRoute.length === 0 || byRoute.some((type) => own.includes(type)))
}
