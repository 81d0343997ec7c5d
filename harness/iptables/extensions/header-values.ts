import { addressBytes, addressFromBytes, type Family, familyOf } from '../../core/address.ts'
import { wholeNumber } from '../words/c-numbers.ts'
import { isHost } from './address-kinds.ts'
import { ipv4Numbers } from '../words/ipv4-text.ts'
import { protocolCalled } from '../words/protocols.ts'
import { part } from '../words/values.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/** Protocol 0 is every one. */
export function readProtocol(word: Word): number {
  const number = wholeNumber(word.text, 255) ?? protocolCalled(word.text.toLowerCase())
  if (number === undefined)
    throw wrongWord(word, `'${word.text}' is no protocol; write its name or a number from 0 to 255`)
  return Number(number)
}

export function readInterface(word: Word): string {
  if (Buffer.byteLength(word.text) > 15)
    throw wrongWord(word, `'${word.text}' is too long for an interface; its name has at most 15 characters`)
  if (word.text === '') throw wrongWord(word, "an interface's name is empty")
  return word.text
}

/** An address with its mask; host bits are cleared. */
export interface Address {
  address: string
  mask: string
}

/** One of a list: undefined where it is a host's name, which is kept as it is written. */
interface Listed {
  words: readonly string[]
  value: Address | undefined
}

/** The bytes that a list of addresses may be long, each of them (xtables_ipparse_multiple). */
const longestAddress = 255

/**
 * A list of addresses, each with a prefix length or a mask; host bits are cleared, as iptables does. Host names are for
 * the machine to look up.
 */
export function readAddresses(family: Family, word: Word): Listed[] {
  return word.text.split(',').map((entry) => {
    const one = part(word, entry.replace(/^[ \t\n\v\f\r]+/, ''))
    return { words: [one.text], value: readAddress(family, one) }
  })
}

function readAddress(family: Family, word: Word): Address | undefined {
  const { text } = word
  if (text.length > longestAddress) throw wrongWord(word, `an address has at most ${longestAddress} bytes`)
  const slash = text.lastIndexOf('/')
  const bits = maskBytes(word, family, slash < 0 ? undefined : text.slice(slash + 1))
  // With a mask of none, iptables does not look at the address.
  const given = bits.some((byte) => byte > 0) ? (slash < 0 ? text : text.slice(0, slash)) : wholeOf[family]
  const bytes = family === 'ipv4' ? ipv4Numbers(given) : familyOf(given) === 'ipv6' ? addressBytes(given) : undefined
  if (bytes === undefined && isHost(given, family) && familyOf(given) === undefined && /[A-Za-z]/.test(given))
    return undefined
  if (bytes === undefined) throw wrongWord(word, `'${given}' is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`)
  const network = Uint8Array.from(bytes, (byte, index) => byte & (bits[index] ?? 0))
  return { address: addressText(network), mask: addressText(bits) }
}

const wholeOf = { ipv4: '0.0.0.0', ipv6: '::' } as const

function maskBytes(word: Word, family: Family, mask: string | undefined): Uint8Array {
  const width = family === 'ipv4' ? 32 : 128
  const written =
    family === 'ipv4'
      ? ipv4Numbers(mask ?? '', true)
      : familyOf(mask ?? '') === 'ipv6'
        ? addressBytes(mask ?? '')
        : undefined
  if (written !== undefined) return Uint8Array.from(written)
  const length = mask === undefined ? BigInt(width) : wholeNumber(mask, width)
  if (length === undefined)
    throw wrongWord(part(word, mask ?? ''), `'${mask}' is no prefix length; it is a number from 0 to ${width}`)
  return Uint8Array.from(
    { length: width / 8 },
    (_, index) => (0xff00 >> Math.min(8, Math.max(0, Number(length) - index * 8))) & 0xff,
  )
}

/** As inet_ntop(3) writes it: IPv6 addresses that carry an IPv4 one show it. */
function addressText(bytes: Uint8Array): string {
  const [high, low] = [bytes.subarray(0, 12), bytes.subarray(12)]
  if (bytes.length === 4 || high.subarray(0, 10).some((byte) => byte !== 0)) return addressFromBytes(bytes)
  if (high[10] === 255 && high[11] === 255) return `::ffff:${low.join('.')}`
  return high[10] === 0 && high[11] === 0 && (low[0] !== 0 || low[1] !== 0)
    ? `::${low.join('.')}`
    : addressFromBytes(bytes)
}

/** The prefix length that a mask stands for, or undefined if its bits are not all in front. */
export function prefixLength(mask: string): number | undefined {
  const bits = [...addressBytes(mask)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? bits.replace(/0/g, '').length : undefined
}
