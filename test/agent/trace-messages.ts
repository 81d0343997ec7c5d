import { encodeAttributes, netfilterHeader, networkOrder } from '../../harness/sys/sockets/netlink.ts'
import type { Attribute } from '../../harness/sys/sockets/netlink.ts'

const AF_INET = 2

const handleBytes = (handle: number): Uint8Array => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(handle))
  return bytes
}

/** The headers of a TCP packet that a flow with this source port sends. */
export function tcpHeaders(
  sourcePort: number,
  destinationPort = 80,
  flags = 0x02,
): { network: Buffer; transport: Buffer } {
  const network = Buffer.alloc(20)
  network[0] = 0x45
  network[9] = 6
  const transport = Buffer.alloc(20)
  transport.writeUInt16BE(sourcePort, 0)
  transport.writeUInt16BE(destinationPort, 2)
  transport[13] = flags
  return { network, transport }
}

const body = (attributes: readonly Attribute[]): Buffer =>
  Buffer.concat([netfilterHeader(AF_INET), encodeAttributes(attributes)])

/** A rule as NFT_MSG_GETRULE lists it. */
export const listed = (chain: string, handle: number): Buffer =>
  body([
    [1, 'nat'],
    [2, chain],
    [3, handleBytes(handle)],
  ])

/** NFT_MSG_TRACE; without a port it is a later message of a walk, which has no headers. */
export function nftTraced({
  id,
  chain,
  handle,
  port,
}: {
  id: number
  chain: string
  handle?: number
  port?: number
}): Buffer {
  const headers = port === undefined ? undefined : tcpHeaders(port)
  return body([
    [6, networkOrder(id)],
    [2, chain],
    [1, 'nat'],
    ...(handle === undefined ? [] : [[3, handleBytes(handle)] satisfies Attribute]),
    ...(headers === undefined
      ? []
      : [[8, headers.network] satisfies Attribute, [9, headers.transport] satisfies Attribute]),
  ])
}

/** NFULNL_MSG_PACKET of a packet at OUTPUT. */
export function logged(prefix: string, port: number): Buffer {
  const { network, transport } = tcpHeaders(port)
  return body([
    [1, Uint8Array.of(8, 0, 3, 0)],
    [10, prefix],
    [9, Buffer.concat([network, transport])],
  ])
}
