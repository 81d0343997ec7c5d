import { isIPv4, isIPv6 } from 'node:net'
import { remembered } from './remembered.ts'

export type Family = 'ipv4' | 'ipv6'
export const families = ['ipv4', 'ipv6'] as const satisfies readonly Family[]

/** An address and a port; port 0 where the protocol has none (ICMP). */
export interface AddressPort {
  address: string
  port: number
}

/** @returns the family of a literal address, or undefined if it is not one. */
export const familyOf = remembered((address: string): Family | undefined => {
  if (isIPv4(address)) return 'ipv4'
  // An address with a zone (fe80::1%eth0) is one on this machine alone.
  return isIPv6(address) && !address.includes('%') ? 'ipv6' : undefined
})

/** `203.0.113.10:80` or `[2001:db8::1]:80`; the address alone where port is 0. */
export function formatAddressPort({ address, port }: AddressPort): string {
  if (port === 0) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Reads what `formatAddressPort` writes. @returns undefined if it is something else. */
export function parseAddressPort(text: string): AddressPort | undefined {
  if (familyOf(text) !== undefined) return { address: text, port: 0 }
  const [, ipv6, ipv4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const address = ipv6 ?? ipv4 ?? ''
  const isRight = familyOf(address) === (ipv6 === undefined ? 'ipv4' : 'ipv6') && Number(port) <= 65535
  return isRight ? { address, port: Number(port) } : undefined
}

export function sameAddressPort(a: AddressPort, b: AddressPort): boolean {
  return a.port === b.port && canonicalAddress(a.address) === canonicalAddress(b.address)
}

/**
 * One spelling for each address: IPv4-mapped IPv6 (as a dual-stack socket reports it) becomes IPv4, other IPv6 is
 * written as RFC 5952 has it.
 */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  const canonical = canonicalIPv6(address)
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical) ?? []
  if (high === undefined || low === undefined) return canonical
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]).join('.')
}

/** The bytes of a literal address: 4 for IPv4, 16 for IPv6. @throws TypeError if it is no address. */
export const addressBytes = (address: string): Uint8Array => Uint8Array.from(knownBytes(address))

/** Shared by all that ask: they change nothing in it. */
const knownBytes = remembered((address: string): Uint8Array => {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number)
  if (!isIPv6(address) || address.includes('%')) throw new TypeError(`not an IP address: ${address}`)
  const [head = '', tail = ''] = address.split('::')
  const [left, right] = [groupsOf(head), groupsOf(tail)]
  const bytes = new Uint8Array(16)
  bytes.set(left)
  bytes.set(right, 16 - right.length)
  return bytes
})

/** The bytes of a part of an IPv6 address; its last four may be written as an IPv4 address. */
function groupsOf(part: string): number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** The literal address that these 4 or 16 bytes are. */
export function addressFromBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (isMapped(bytes)) return bytes.subarray(12).join('.')
  const groups: string[] = []
  for (let index = 0; index < 16; index += 2)
    groups.push((((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16))
  return canonicalAddress(groups.join(':'))
}

/** Whether it is an IPv4 address as a dual-stack socket has it (RFC 4291, 2.5.5.2). */
function isMapped(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
}

const canonicalIPv6 = remembered((address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1))

export const loopbackAddresses: Readonly<Record<Family, string>> = { ipv4: '127.0.0.1', ipv6: '::1' }
/** What loopback is (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export const loopbackNetworks: Readonly<Record<Family, string>> = { ipv4: '127.0.0.0/8', ipv6: '::1/128' }
/** What a socket is bound to that takes every address. */
export const wildcardAddresses: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0', ipv6: '::' }

/** Whether a literal address is one of 127.0.0.0/8, or ::1. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** An address such as `10.244.0.5/24` without its prefix length. */
export function withoutPrefix(address: string): string {
  return address.slice(0, address.indexOf('/'))
}

/** The network of one address alone: `10.244.0.5/32`. */
export const hostPrefix = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`

/** The prefix itself: the kernel wants a route's host bits to be zero. */
export function networkOf(withPrefix: string): string {
  const [address = '', length = ''] = withPrefix.split('/')
  const bytes = addressBytes(address)
  for (let bit = Number(length); bit < bytes.length * 8; bit += 1)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) & ~(0x80 >> (bit & 7))
  return `${addressFromBytes(bytes)}/${length}`
}

/** Whether an address lies within a prefix of its family, such as `10.244.0.0/24`. */
export function isInPrefix(address: string, prefix: string): boolean {
  const { network, masks } = knownPrefix(prefix)
  const own = knownBytes(address)
  return (
    own.length === network.length && own.every((byte, at) => ((byte ^ (network[at] ?? 0)) & (masks[at] ?? 0)) === 0)
  )
}

const knownPrefix = remembered((prefix: string): { network: Uint8Array; masks: Uint8Array } => {
  const [address = '', length = '0'] = prefix.split('/')
  const network = knownBytes(address)
  const masks = network.map((_, at) => ~(0xff >> Math.min(8, Math.max(0, Number(length) - at * 8))))
  return { network, masks }
})

/** The first and last address of a network; one of a single link has neither. */
export const networkEdges = (withPrefix: string): Readonly<Edges> => knownEdges(withPrefix)

interface Edges {
  first?: string
  last?: string
}

const knownEdges = remembered((withPrefix: string): Edges => {
  const [address = '', length = '0'] = withPrefix.split('/')
  const bytes = addressBytes(address)
  if (Number(length) >= bytes.length * 8 - 1) return {}
  const edge = (bit: number) =>
    addressFromBytes(
      bytes.map((byte, index) => {
        const host = 0xff >> Math.min(8, Math.max(0, Number(length) - index * 8))
        return bit === 0 ? byte & ~host : byte | host
      }),
    )
  return { first: edge(0), last: edge(1) }
})

/**
 * The address with a network's bits in place of its own (netmap_tg4 in net/netfilter/xt_NETMAP.c). @param bits the
 * network's mask.
 */
export function inNetwork(address: string, { network, bits }: { network: string; bits: string }): string {
  const [own, to, mask] = [address, network, bits].map(addressBytes) as [Uint8Array, Uint8Array, Uint8Array]
  return addressFromBytes(
    own.map((byte, index) => (byte & ~(mask[index] ?? 0)) | ((to[index] ?? 0) & (mask[index] ?? 0))),
  )
}
