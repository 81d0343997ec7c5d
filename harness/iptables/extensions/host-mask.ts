import { addressBytes, addressFromBytes, canonicalAddress, type Family, familyOf } from '../../core/address.ts'
import { wholeNumber } from '../words/c-numbers.ts'
import { type Address, prefixLength } from './header-values.ts'
import { inetAton } from '../words/ipv4-text.ts'
import type { Word } from '../words/payload-words.ts'
import * as addressKinds from './address-kinds.ts'
import { checkKind } from './option.ts'

/** A literal address as getaddrinfo(3) reads it. @returns undefined for a host's name. */
function readHost(text: string, family: Family): string | undefined {
  if (familyOf(text) === family) return canonicalAddress(text)
  const number = family === 'ipv4' ? inetAton(text) : undefined
  return number === undefined
    ? undefined
    : [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

function readMask(text: string | undefined, family: Family): string | undefined {
  const width = family === 'ipv4' ? 32 : 128
  const length = text === undefined ? BigInt(width) : wholeNumber(text, width)
  if (length === undefined) return readHost(text ?? '', family)
  const bits = Uint8Array.from(
    { length: width / 8 },
    (_, index) => (0xff00 >> Math.min(8, Math.max(0, Number(length) - index * 8))) & 0xff,
  )
  return addressFromBytes(bits)
}

/**
 * `ADDRESS` or `ADDRESS/MASK` as an option of an extension has it (XTTYPE_HOSTMASK in libxtables/xtoptions.c): another
 * reader than that of `-s`, and host bits stay.
 * @returns undefined for a host's name, which only a machine could look up, and for what versions of iptables read
 * differently.
 * @throws HarnessError (`input`) for what is neither.
 */
export function readHostMask(word: Word, family: Family): Address | undefined {
  checkKind(word, addressKinds.network, family)
  const [host = '', bits] = word.text.split('/', 2)
  const [address, mask] = [readHost(host, family), readMask(bits, family)]
  if (address === undefined || mask === undefined) return undefined
  // A mask that is no prefix is none to libxtables up to 1.8.9 (xtopt_parse_plenmask), where all bits count; 1.8.11
  // keeps it.
  return prefixLength(mask) === undefined ? undefined : { address, mask }
}

/** The address with the bits alone that count. */
export function masked({ address, mask }: Address): Address {
  const bits = addressBytes(mask)
  return { address: addressFromBytes(addressBytes(address).map((byte, index) => byte & (bits[index] ?? 0))), mask }
}
