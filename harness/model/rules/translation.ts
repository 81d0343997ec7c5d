import { inNetwork, isInPrefix } from '../../core/address.ts'
import type { Hook } from '../../flow/matched-rule.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import type { StatementOf } from '../../netfilter/statement.ts'
import type { Side } from '../packet/packet.ts'
import { type Endpoint, type Endpoints, isWithin, type Packet, type Port, rangeOf } from '../packet/packet.ts'
import { Unpredictable } from '../packet/unpredictable.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

export type Translation = StatementOf<'redirect' | 'dnat' | 'snat' | 'netmap' | 'masquerade'>

/**
 * @param ends the connection's, as its first packet has them: the packet's own, where it is no answer.
 * @returns the translated endpoint, or undefined if the kernel finds no address and drops the packet.
 */
export function translate(
  statement: Translation,
  hook: Hook,
  packet: Packet,
  ends: Endpoints,
  stack: NetworkStack,
): Endpoint | undefined {
  const side = sideOf(statement, hook)
  const address = addressFor(statement, hook, packet, ends, stack)
  return address === undefined ? undefined : { address, port: portFor(statement, side, packet, ends) }
}

/** Which end of a packet a translation changes. */
function sideOf({ kind }: Translation, hook: Hook): Side {
  if (kind === 'netmap') return hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source'
  return kind === 'redirect' || kind === 'dnat' ? 'destination' : 'source'
}

function addressFor(
  statement: Translation,
  hook: Hook,
  packet: Packet,
  { source, destination }: Endpoints,
  stack: NetworkStack,
): string | undefined {
  const { family } = packet
  if (statement.kind === 'masquerade') {
    const device = packet.out ?? 'lo'
    if (device !== 'lo') return stack.addressOf(device, family)
    if (family === 'ipv6' && !stack.isLocal(packet.destination.address))
      throw new Unpredictable(
        'IPv6 chooses by itself where that seems to come from what goes by lo to a foreign address',
      )
    // A loopback address is no source for others: IPv4 takes the first that lo has beside them, or the first interface's
    // (inet_select_addr in net/ipv4/devinet.c), IPv6 prefers the destination (RFC 6724, rule 1).
    return family === 'ipv6' ? packet.destination.address : stack.sourceBesideLoopback
  }
  if (statement.kind === 'redirect') {
    const device = hook === 'OUTPUT' ? 'lo' : (packet.in ?? 'lo')
    const address = stack.addressOf(device, family)
    if (address === undefined) throw new Unpredictable(`the interface ${device} has no address that is known here`)
    return hook === 'OUTPUT' || scopeOf(address) === scopeOf(packet.destination.address) ? address : undefined
  }
  if (statement.kind === 'netmap') return inNetwork(packet[sideOf(statement, hook)].address, statement)
  const own = statement.kind === 'dnat' ? destination.address : source.address
  const { first = own, last = first } = statement.addresses ?? {}
  if (first !== last) throw new Unpredictable('a translation to a range of addresses may take any of them')
  return first
}

/**
 * IPv6 addresses whose scope REDIRECT looks for among those of the interface: IPv4-compatible and site-local ones. Where
 * it has none of that scope the packet is dropped (nf_nat_redirect_ipv6_usable in net/netfilter/nf_nat_redirect.c, from
 * 6.7 on; ipv6_addr_type in net/ipv6/addrconf_core.c).
 */
export const scopedNetworks = ['::/96', 'fec0::/10'] as const

const scopeOf = (address: string): string | undefined => scopedNetworks.find((network) => isInPrefix(address, network))

/** As nf_nat_l4proto_unique_tuple chooses (net/netfilter/nf_nat_core.c), if no other connection uses that tuple. */
function portFor(statement: Translation, side: Side, packet: Packet, ends: Endpoints): Port {
  const own = ends[side].port
  if (packet.protocol !== 'tcp' && packet.protocol !== 'udp') return own
  if (statement.kind === 'netmap') return own
  const { ports, random } = statement
  const shift = statement.kind === 'dnat' ? statement.shift : undefined
  if (ports === undefined) return random && side === 'source' ? anyLike(own) : own
  if (shift !== undefined && !random) return shifted(own, ports, shift)
  const isIn = isWithin(own, ports)
  if (!random && isIn === true) return own
  if (random || side === 'source' || isIn === 'unknown') return ports.first === ports.last ? ports.first : ports
  return ports.first
}

function shifted(own: Port, { first, last }: Interval<number>, base: number): Port {
  if (typeof own !== 'number') throw new Unpredictable('the port to shift is not known')
  return first + (((own - base) & 0xffff) % (last - first + 1))
}

/** A random source port stays in its range: below 512, privileged, or the rest. */
function anyLike(port: Port): Interval<number> {
  const { first, last } = rangeOf(port)
  const found = [
    { first: 0, last: 511, to: { first: 1, last: 511 } },
    { first: 512, last: 1023, to: { first: 600, last: 1023 } },
    { first: 1024, last: 65535, to: { first: 1024, last: 65535 } },
  ].find((kind) => first >= kind.first && last <= kind.last)
  if (found === undefined) throw new Unpredictable('nobody knows which ports a random one is chosen from')
  return found.to
}
