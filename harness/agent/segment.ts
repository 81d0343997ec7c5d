import { addressBytes, type AddressPort, familyOf } from '../core/address.ts'
import { tcpFlag } from '../core/tcp-flags.ts'

/**
 * How the sequence number of every segment begins that a raw socket sends; so does that of a reset which answers its
 * acknowledgement.
 */
export const segmentMark = 0x51de
const headerLength = 20
const tcp = 6

interface Segment {
  source: AddressPort
  destination: AddressPort
  flags: number
  /** The flow's, in the sequence number's lower half. */
  key: number
}

/**
 * A TCP header with nothing behind it (RFC 9293, 3.1). The acknowledgement number is the sequence number, whatever the
 * flags are.
 */
export function encodeSegment({ source, destination, flags, key }: Segment): Buffer {
  const header = Buffer.alloc(headerLength)
  const number = segmentMark * 0x1_0000 + (key & 0xffff)
  header.writeUInt16BE(source.port, 0)
  header.writeUInt16BE(destination.port, 2)
  header.writeUInt32BE(number, 4)
  header.writeUInt32BE(number, 8)
  header.writeUInt8((headerLength / 4) << 4, 12)
  header.writeUInt8(flags, 13)
  header.writeUInt16BE(0xffff, 14)
  header.writeUInt16BE(checksum(source.address, destination.address, header), 16)
  return header
}

/** What a segment of ours says. @param header from the TCP header on. @returns undefined if it is none of ours. */
export function decodeSegment(
  header: Buffer,
): { key: number; sourcePort: number; destinationPort: number } | undefined {
  if (header.length < headerLength) return undefined
  const number = header.readUInt32BE(4)
  if (number >>> 16 !== segmentMark || header.readUInt32BE(8) !== number) return undefined
  return { key: number & 0xffff, sourcePort: header.readUInt16BE(0), destinationPort: header.readUInt16BE(2) }
}

/**
 * Whether a segment is the reset with which a host answers one of ours: it takes its sequence number from an
 * acknowledgement (RFC 9293, 3.5.2).
 */
export function isResetOfSegment(header: Buffer): boolean {
  if (header.length < headerLength) return false
  return header.readUInt8(13) === tcpFlag.rst && header.readUInt16BE(4) === segmentMark && header.readUInt32BE(8) === 0
}

/** Over the header and what it is sent between (RFC 9293, 3.1; RFC 8200, 8.1). */
function checksum(source: string, destination: string, segment: Buffer): number {
  const length = Buffer.alloc(familyOf(source) === 'ipv4' ? 2 : 4)
  length.writeUInt16BE(segment.length, length.length - 2)
  const protocol = length.length === 2 ? Buffer.of(0, tcp) : Buffer.of(0, 0, 0, tcp)
  const isIPv4 = length.length === 2
  const pseudo = [
    addressBytes(source),
    addressBytes(destination),
    ...(isIPv4 ? [protocol, length] : [length, protocol]),
  ]
  const all = Buffer.concat([...pseudo, segment])
  let sum = 0
  for (let at = 0; at < all.length; at += 2) sum += all.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
