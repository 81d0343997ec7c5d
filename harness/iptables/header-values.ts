import { addressBytes, addressFromBytes, type Family, familyOf } from '../core/address.ts'
import type { Question } from './tree.ts'
import { isName, named, part, readNumber } from './values.ts'
import { type Word, wrongWord } from './words.ts'

/** Protocols by the names that iptables-save prints (xtables_chain_protos in libxtables, then /etc/protocols). */
const protocolNames: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['sctp', 132],
  ['udplite', 136],
])
const protocolAliases: Readonly<Record<string, string>> = { icmpv6: 'ipv6-icmp', 'ipv6-icmp': 'ipv6-icmp' }

export function protocolName(protocol: number): string {
  return [...protocolNames].find(([, number]) => number === protocol)?.[0] ?? String(protocol)
}

/** Protocol 0 is every one. */
export function readProtocol(word: Word): Question {
  const name = word.text.toLowerCase()
  if (name === 'all') return { kind: 'protocol', protocol: 0 }
  const number = protocolNames.get(protocolAliases[name] ?? name)
  if (number !== undefined) return { kind: 'protocol', protocol: number }
  return isName(name) ? named(word) : { kind: 'protocol', protocol: readNumber(word, 'protocol', 255) }
}

export function readInterface(side: 'in' | 'out'): (word: Word) => Question {
  return (word) => {
    if (word.text.length > 15) throw wrongWord(word, `'${word.text}' is too long for an interface; its name has at most 15 characters`)
    if (word.text === '') throw wrongWord(word, "an interface's name is empty")
    return { kind: 'interface', side, name: word.text }
  }
}

/** An address with a prefix length or a mask; host bits are cleared, as iptables does. Host names are for the machine to look up. */
export function readAddress(side: 'source' | 'destination', family: Family): (word: Word) => Question {
  const isOwn = (text: string) => familyOf(text) === family
  const width = family === 'ipv4' ? 32 : 128
  return (word) => {
    const [given = '', mask = String(width), ...rest] = word.text.split('/')
    const text = family === 'ipv4' ? filledUp(given) : given
    if (rest.length > 0 || (isName(text) && !isOwn(text))) return named(word)
    if (!isOwn(text)) throw wrongWord(word, `'${text}' is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`)
    const bits = isOwn(mask) ? addressBytes(mask) : maskBytes(readNumber(part(word, mask), 'prefix length', width), width / 8)
    const network = addressBytes(text).map((byte, index) => byte & (bits[index] ?? 0))
    return { kind: 'address', side, address: addressText(network), mask: addressText(bits) }
  }
}

/** `10` and `10.1` are 10.0.0.0 and 10.1.0.0 to iptables (numeric_to_ipaddr in libxtables). */
const filledUp = (text: string): string =>
  /^\d{1,3}(\.\d{1,3}){0,2}$/.test(text) ? `${text}${'.0'.repeat(4 - text.split('.').length)}` : text

/** As inet_ntop(3) writes it: IPv6 addresses that carry an IPv4 one show it. */
function addressText(bytes: Uint8Array): string {
  const [high, low] = [bytes.subarray(0, 12), bytes.subarray(12)]
  if (bytes.length === 4 || high.subarray(0, 10).some((byte) => byte !== 0)) return addressFromBytes(bytes)
  if (high[10] === 255 && high[11] === 255) return `::ffff:${low.join('.')}`
  return high[10] === 0 && high[11] === 0 && (low[0] !== 0 || low[1] !== 0) ? `::${low.join('.')}` : addressFromBytes(bytes)
}

function maskBytes(prefix: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (0xff00 >> Math.min(8, Math.max(0, prefix - index * 8))) & 0xff)
}

/** The prefix length that a mask stands for, or undefined if its bits are not all in front. */
export function prefixLength(mask: string): number | undefined {
  const bits = [...addressBytes(mask)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? bits.replace(/0/g, '').length : undefined
}
