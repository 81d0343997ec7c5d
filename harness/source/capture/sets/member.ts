import { type Family, familyOf } from '../../../core/address.ts'
import { plural } from '../../../core/plural.ts'
import {
  type AddressPart,
  type SetMember,
  type SetMemberPart,
  type SetPart,
  type SetType,
  setTypes,
} from '../../../flow/ip-set.ts'
import { icmpType } from '../../../iptables/words/icmp-types.ts'
import { protocolCalled } from '../../../iptables/words/protocols.ts'
import { serviceCalled } from '../../../iptables/words/services.ts'
import { addressNumber, addressOfNumber } from '../../../netfilter/wide-values.ts'

/** What is wrong with a word, in words. */
export class WrongMember extends Error {}

/**
 * Reads an entry as `ipset add` takes it (ipset(8)): `10.96.0.1,tcp:443`.
 * @returns several, where a range is several networks to the kernel. @throws WrongMember
 */
export function readMember(type: SetType, family: Family, text: string): SetMember[] {
  const kinds: readonly SetPart[] = setTypes[type]
  const words = text.split(',')
  if (words.length !== kinds.length)
    throw new WrongMember(
      `'${text.slice(0, 60)}' has ${plural(words.length, 'part')}; a member of ${type} has ${kinds.length}`,
    )
  const parts = kinds.map((kind, index) => readPart(kind, words[index] ?? '', type, family))
  return combined(parts).map((own) => ({ parts: own }))
}

const combined = (parts: readonly (readonly SetMemberPart[])[]): SetMemberPart[][] =>
  parts.reduce<SetMemberPart[][]>((all, choices) => all.flatMap((one) => choices.map((each) => [...one, each])), [[]])

function readPart(kind: SetPart, text: string, type: SetType, family: Family): SetMemberPart[] {
  switch (kind) {
    case 'ip':
    case 'net':
      return addressesIn(kind, text, type, family)
    case 'port':
      return [type === 'bitmap:port' ? plainPort(text) : portIn(text, family)]
    case 'iface':
      return [interfaceIn(text)]
    case 'mark':
      return [{ is: 'mark', mark: markIn(text) }]
    case 'mac':
      if (!/^[\da-f]{1,2}(:[\da-f]{1,2}){5}$/i.test(text))
        throw new WrongMember(`'${text.slice(0, 40)}' is no MAC address`)
      return [{ is: 'mac', mac: text }]
    case 'set':
      return [{ is: 'set', name: text }]
  }
}

/** Types that take a network of every address (IP_SET_HASH_WITH_NET0). */
const withWhole: readonly SetType[] = ['hash:net,iface', 'hash:net,net', 'hash:net,port,net']

function addressesIn(is: 'ip' | 'net', text: string, type: SetType, family: Family): AddressPart[] {
  const [, first = '', , last, prefix] =
    /^([\da-f.:]+)(-([\da-f.:]+)|\/(\d{1,3}))?$/i.exec(text)?.toSpliced(2, 1, '') ?? []
  const own = familyOf(first)
  const shown = text.slice(0, 60)
  if (own === undefined) throw new WrongMember(`'${shown}' is no address`)
  if (own !== family || (last !== undefined && familyOf(last) !== family))
    throw new WrongMember(`'${shown}' is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address, as the set has them`)
  const width = family === 'ipv4' ? 32 : 128
  const length = prefix === undefined ? undefined : Number(prefix)
  if (length !== undefined && (length > width || (length === 0 && is === 'net' && !withWhole.includes(type))))
    throw new WrongMember(`'${shown}' has a prefix length that ${type} does not take`)
  if (family === 'ipv6' && (last !== undefined || (is === 'ip' && length !== undefined && length !== width)))
    throw new WrongMember(`'${shown}' is a range, and IPv6 has none in a set of ${type}`)
  if (is === 'ip')
    return [
      {
        is,
        address: first,
        ...(last !== undefined && { last }),
        ...(length !== undefined && length !== width && { prefix: length }),
      },
    ]
  if (last === undefined) return [{ is, address: first, prefix: length ?? width }]
  return networksIn(first, last)
}

/** The networks that a range comes to (ip_set_range_to_cidr in net/netfilter/ipset/pfxlen.c). */
function networksIn(from: string, to: string): AddressPart[] {
  const found: AddressPart[] = []
  const [a, b] = [addressNumber(from), addressNumber(to)]
  const last = a < b ? b : a
  for (let at = a < b ? a : b; at <= last; ) {
    let free = 0n
    while (free < 31n && (at & ((1n << (free + 1n)) - 1n)) === 0n && at + (1n << (free + 1n)) - 1n <= last) free += 1n
    found.push({ is: 'net', address: addressOfNumber(at, 'ipv4'), prefix: 32 - Number(free) })
    at += 1n << free
  }
  return found
}

function portIn(text: string, family: Family): SetMemberPart {
  const [, name = 'tcp', rest = ''] = /^(?:([^:]+):)?(.*)$/.exec(text) ?? []
  const protocol = /^\d{1,3}$/.test(name) ? Number(name) : protocolCalled(name)
  if (protocol === undefined || protocol < 1 || protocol > 255)
    throw new WrongMember(`'${name.slice(0, 40)}' is no protocol`)
  if (protocol === 1 || protocol === 58) return { is: 'port', protocol, port: icmpIn(rest, family) }
  if (![6, 17, 132, 136].includes(protocol)) return { is: 'port', protocol, port: 0 }
  return { ...plainPort(rest, protocol === 17 ? 'udp' : 'tcp'), protocol }
}

function plainPort(text: string, protocol: 'tcp' | 'udp' = 'tcp'): Extract<SetMemberPart, { is: 'port' }> {
  const whole = serviceCalled(text, protocol)
  const [first = '', last, ...more] = whole === undefined ? text.split('-') : [`${whole}`]
  const number = (word: string): number =>
    /^\d{1,5}$/.test(word) ? Number(word) : (serviceCalled(word, protocol) ?? -1)
  const [from, to] = [number(first), number(last ?? first)]
  if (more.length > 0 || from < 0 || to < 0 || from > 65_535 || to > 65_535)
    throw new WrongMember(`'${text.slice(0, 40)}' is no port`)
  const [low, high] = from < to ? [from, to] : [to, from]
  return { is: 'port', protocol: 0, port: low, ...(low !== high && { last: high }) }
}

function icmpIn(text: string, family: Family): number {
  const [, type, code = '0'] = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text) ?? []
  if (type !== undefined) return (Number(type) & 0xff) * 256 + (Number(code) & 0xff)
  try {
    const named = icmpType({ text, line: 1, column: 1 }, family)
    if (named.type !== 'any') return named.type * 256 + (named.code ?? 0)
  } catch {
    // What is wrong with it is said below.
  }
  throw new WrongMember(`'${text.slice(0, 40)}' is no ICMP type`)
}

function interfaceIn(text: string): SetMemberPart {
  const [, bridged, name = ''] = /^(physdev:)?(.*)$/.exec(text) ?? []
  if (!/^[^\s/]{1,15}$/.test(name)) throw new WrongMember(`'${name.slice(0, 40)}' is no interface`)
  return { is: 'iface', name, ...(bridged !== undefined && { isBridged: true }) }
}

function markIn(text: string): number {
  const mark = /^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : -1
  if (mark < 0 || mark > 0xffff_ffff) throw new WrongMember(`'${text.slice(0, 40)}' is no mark`)
  return mark
}
