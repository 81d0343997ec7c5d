import type { Family } from '../core/address.ts'

/** Echo request and reply types (RFC 792, RFC 4443). */
export const echoTypes = { ipv4: { request: 8, reply: 0 }, ipv6: { request: 128, reply: 129 } } as const
const headerLength = 8
const mark = 'sidetrack'

/** An echo request that carries a flow's key; a ping socket fills in identifier and checksum. */
export function encodeEcho(family: Family, key: number): Buffer {
  const header = Buffer.alloc(headerLength)
  header.writeUInt8(echoTypes[family].request, 0)
  header.writeUInt16BE(1, 6)
  return Buffer.concat([header, Buffer.from(`${mark} ${key}`)])
}

/** The key in an echo request (without its IP header), or undefined if it is none of ours. */
export function decodeEcho(family: Family, message: Buffer): number | undefined {
  if (message.length <= headerLength || message.readUInt8(0) !== echoTypes[family].request) return undefined
  const [word, key] = message.toString('latin1', headerLength).split(' ')
  return word === mark ? Number(key) : undefined
}
