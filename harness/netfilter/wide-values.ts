import { addressBytes, addressFromBytes, type Family } from '../core/address.ts'
import { remembered } from '../core/remembered.ts'
import type { Interval } from './interval-set.ts'

const fromBytes = (bytes: Uint8Array): bigint => bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)

/** A literal address as a number of 32 or 128 bits. @throws TypeError if it is no address. */
export const addressNumber = remembered((address) => fromBytes(addressBytes(address)))

/** The literal address that such a number is. */
export const addressOfNumber = (number: bigint, family: Family): string => addressesOf[family](number)

const addressOf = (length: number) =>
  remembered((number: bigint): string => {
    const bytes = new Uint8Array(length)
    for (let [at, left] = [length - 1, number]; at >= 0; at -= 1, left >>= 8n) bytes[at] = Number(left & 0xffn)
    return addressFromBytes(bytes)
  })
const addressesOf = { ipv4: addressOf(4), ipv6: addressOf(16) }

/** The addresses of a prefix, such as `10.244.0.0/24`; host bits do not count. @throws TypeError if it is none. */
export function addressesOfPrefix(prefix: string): Interval<bigint> {
  const slash = prefix.indexOf('/')
  const address = slash < 0 ? prefix : prefix.slice(0, slash)
  const width = address.includes(':') ? 128 : 32
  const free = BigInt(slash < 0 ? 0 : width - Number(prefix.slice(slash + 1)))
  const first = (addressNumber(address) >> free) << free
  return { first, last: first + (1n << free) - 1n }
}

/** IFNAMSIZ: the bytes that the kernel has for an interface's name, the zero at its end among them. */
const nameBytes = 16

function nameNumber(name: string, filler: number): bigint {
  const bytes = new Uint8Array(nameBytes).fill(filler)
  bytes.set(Buffer.from(name).subarray(0, nameBytes))
  return fromBytes(bytes)
}

const numberOfName = remembered((name) => nameNumber(name, 0))

/** An interface's name as a number of 128 bits; 0 where there is none. */
export const interfaceNumber = (name = ''): bigint => numberOfName(name)

/** The names that begin so, which are one interval. */
export const interfaceNames = (beginning: string): Interval<bigint> => ({
  first: nameNumber(beginning, 0),
  last: nameNumber(beginning, 0xff),
})

/** The name that such a number is. */
export function interfaceNameOf(number: bigint): string {
  const bytes = Buffer.alloc(nameBytes)
  for (let [at, left] = [nameBytes - 1, number]; at >= 0; at -= 1, left >>= 8n) bytes[at] = Number(left & 0xffn)
  return bytes.toString('latin1').replace(/\0.*$/s, '')
}
