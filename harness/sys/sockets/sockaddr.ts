import { addressBytes, addressFromBytes, type AddressPort, type Family } from '../../core/address.ts'

/** Address families of socket(2) on Linux. */
export const AF = { inet: 2, inet6: 10, netlink: 16, packet: 17 } as const

export const addressFamily: Readonly<Record<Family, number>> = { ipv4: AF.inet, ipv6: AF.inet6 }

/** The bytes of a `sockaddr_in` or `sockaddr_in6`. */
export function encodeSocketAddress({ address, port }: AddressPort): Buffer {
  const bytes = addressBytes(address)
  const isIPv4 = bytes.length === 4
  const encoded = Buffer.alloc(isIPv4 ? 16 : 28)
  encoded.writeUInt16LE(isIPv4 ? AF.inet : AF.inet6, 0)
  encoded.writeUInt16BE(port, 2)
  encoded.set(bytes, isIPv4 ? 4 : 8)
  return encoded
}

/** Reads a `sockaddr_in` or `sockaddr_in6`; IPv4-mapped addresses become IPv4. */
export function decodeSocketAddress(encoded: Buffer): AddressPort {
  const bytes = encoded.readUInt16LE(0) === AF.inet ? encoded.subarray(4, 8) : encoded.subarray(8, 24)
  return { address: addressFromBytes(bytes), port: encoded.readUInt16BE(2) }
}
