import { addressBytes, families, type Family } from '../core/address.ts'
import { protocolName } from '../iptables/header-values.ts'
import { formatFlags, hex } from '../iptables/values.ts'
import type { Condition, Match, Range } from '../iptables/tree.ts'
import type { Accounts } from './accounts.ts'
import type { Connection } from './connection.ts'
import { connectionMark } from './marks.ts'
import type { Answer } from './answer.ts'
import { hasPorts, hasStandIn, icmpTypes, isTracked, isWithin, type Owner, type Packet, type Port, protocolNumbers } from './packet.ts'

/** As rules write them; there are few, and a long ruleset asks for them again and again. */
const protocolNames = Object.fromEntries(
  families.map((family) => [
    family,
    Object.fromEntries(Object.entries(protocolNumbers[family]).map(([name, number]) => [name, protocolName(number)])),
  ]),
) as Record<Family, Record<Packet['protocol'], string>>

const inRange = (number: number, { first, last }: Range): boolean => number >= first && number <= last

/** @returns what a condition says of a packet. */
export function ask(condition: Condition, packet: Packet, connection: Connection): Answer {
  const { truth, actual } = answer(condition, packet, connection)
  return { truth: truth === 'unknown' ? truth : truth !== condition.negated, actual }
}

/** The answer before `!` turns it round. */
function answer(condition: Condition, packet: Packet, connection: Connection): Answer {
  switch (condition.kind) {
    case 'address': {
      const { address } = packet[condition.side]
      return { truth: isInNetwork(address, condition.address, condition.mask), actual: address }
    }
    case 'interface':
      return matchInterface(condition.name, packet[condition.side])
    case 'protocol': {
      const number = protocolNumbers[packet.family][packet.protocol]
      return { truth: condition.protocol === 0 || condition.protocol === number, actual: protocolNames[packet.family][packet.protocol] }
    }
    case 'fragment':
      return { truth: false, actual: 'a whole packet' }
    case 'ports':
      return matchPorts(condition, packet)
    case 'tcp-flags': {
      const isTcp = packet.protocol === 'tcp'
      return {
        truth: isTcp && (packet.tcpFlags & condition.mask) === condition.set,
        actual: isTcp ? formatFlags(packet.tcpFlags) : 'no TCP',
      }
    }
    case 'icmp-type': {
      const { family, protocol } = packet
      if (protocol === 'tcp' || protocol === 'udp') return { truth: false, actual: 'no ICMP' }
      const [type, code] = icmpTypes[family][protocol]
      const isType = condition.type === 'any' || (condition.type === type && (condition.code ?? code) === code)
      return { truth: isType, actual: `${type}/${code}` }
    }
    case 'owner':
    case 'owner-name':
    case 'socket-exists':
      return { truth: 'unknown', actual: '' }
    case 'states': {
      const own = statesOf(packet, connection)
      return { truth: condition.states.some((state) => own.includes(state)), actual: own.join(',') }
    }
    case 'mark': {
      const mark = condition.of === 'packet' ? packet.mark : connectionMark(packet, connection)
      // What is not tracked has no connection whose mark could be another one (connmark_mt in net/netfilter/xt_connmark.c).
      if (mark === undefined) return { truth: condition.negated, actual: 'no connection' }
      return { truth: (mark & condition.mask) >>> 0 === condition.value, actual: hex(mark) }
    }
    case 'address-type':
    case 'limit-interface':
    case 'socket-option':
      return { truth: 'unknown', actual: '' }
    case 'comment':
      return { truth: true, actual: '' }
    case 'unknown':
      return { truth: 'unknown', actual: 'nobody here can tell' }
  }
}

function statesOf(packet: Packet, { translated }: Connection): string[] {
  const isNatted = (side: 'source' | 'destination'): boolean => isTracked(packet) && translated[side] !== undefined
  return [hasStandIn(packet) ? 'NEW' : packet.state, ...(isNatted('source') ? ['SNAT'] : []), ...(isNatted('destination') ? ['DNAT'] : [])]
}

/** A long ruleset asks about the same addresses again and again. */
const known = new Map<string, Uint8Array>()
const mostKnown = 10_000

function bytesOf(address: string): Uint8Array {
  const bytes = known.get(address) ?? addressBytes(address)
  if (known.size >= mostKnown) known.clear()
  known.set(address, bytes)
  return bytes
}

export function isInNetwork(address: string, network: string, mask: string): boolean {
  const [bytes, wanted, bits] = [address, network, mask].map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array]
  return wanted.every((byte, index) => ((bytes[index] ?? 0) & (bits[index] ?? 0)) === byte)
}

/** A hook that has no such interface has the name of none. */
function matchInterface(name: string, actual = ''): Answer {
  const isIt = name.endsWith('+') ? actual.startsWith(name.slice(0, -1)) : actual === name
  return { truth: isIt, actual: actual === '' ? 'none' : actual }
}

function matchPorts({ side, ranges, negated, option }: Extract<Condition, { kind: 'ports' }>, packet: Packet): Answer {
  if (!hasPorts(packet)) return { truth: negated, actual: 'no port' }
  // iptables-nft 1.8.9 loads "no port at all" as "any port".
  if (negated && !option.endsWith('s') && ranges.some(({ first, last }) => first === 0 && last === 65535))
    return { truth: 'unknown', actual: 'any' }
  const own = side === 'either' ? [packet.source.port, packet.destination.port] : [packet[side].port]
  const truths = own.flatMap((port) => ranges.map((range) => isWithin(port, range)))
  return { truth: truths.includes(true) || (truths.includes('unknown') && 'unknown'), actual: own.map(inWords).join(' and ') }
}

const inWords = (port: Port): string => (typeof port === 'number' ? `${port}` : `one from ${port.first} to ${port.last}`)

/**
 * xt_owner answers for all that one `-m owner` asks, and a packet without credentials passes if everything it is asked is
 * negated (owner_mt in net/netfilter/xt_owner.c).
 */
export function askOwner({ conditions }: Match, { owner }: Packet, accounts: Accounts): Answer[] {
  if (typeof owner === 'object') return conditions.map((condition) => askProcess(condition, owner, accounts))
  return conditions.map((condition) => askNobody(condition, owner))
}

function askProcess(condition: Condition, owner: Exclude<Owner, string>, accounts: Accounts): Answer {
  if (condition.kind !== 'owner' && condition.kind !== 'owner-name') return { truth: !condition.negated, actual: 'a socket' }
  const { uid, gid, groups } = owner
  const own = condition.of === 'uid' ? [uid] : condition.supplementary ? [gid, ...groups] : [gid]
  const isIn = (range: Range): boolean => own.some((id) => inRange(id, range)) !== condition.negated
  if (condition.kind === 'owner') return { truth: isIn(condition.range), actual: own.join(', ') }
  const id = accounts[condition.of].get(condition.name)
  if (id === undefined) return { truth: 'unknown', actual: `${own.join(', ')} (${condition.name} is looked up where the rules are loaded)` }
  return { truth: isIn({ first: id, last: id }), actual: `${own.join(', ')} (${condition.name} is ${id})` }
}

function askNobody(condition: Condition, owner: 'kernel' | 'nobody'): Answer {
  if (condition.kind !== 'owner' && condition.kind !== 'owner-name')
    return { truth: (owner === 'kernel') !== condition.negated, actual: owner === 'kernel' ? 'a socket' : 'no socket' }
  const isPassed = condition.negated && !(condition.supplementary && owner === 'nobody')
  return { truth: isPassed, actual: owner === 'kernel' ? "the kernel's own" : 'no owner' }
}
