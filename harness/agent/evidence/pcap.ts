import type { Frame } from '../../sys/sockets/packet-socket.ts'

/** libpcap's file format with nanoseconds (https://www.tcpdump.org/manpages/pcap-savefile.5.html). */
const magic = 0xa1b23c4d
const longestSaved = 0x40000
const LINKTYPE_ETHERNET = 1

/** A capture file of these frames, in their order. */
export function encodePcap(frames: readonly Frame[]): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(magic, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(longestSaved, 16)
  head.writeUInt32LE(LINKTYPE_ETHERNET, 20)
  return Buffer.concat([head, ...frames.flatMap(encodeFrame)])
}

function encodeFrame({ data, length, seconds, nanoseconds }: Frame): Buffer[] {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(seconds, 0)
  head.writeUInt32LE(nanoseconds, 4)
  head.writeUInt32LE(data.length, 8)
  head.writeUInt32LE(length, 12)
  return [head, data]
}
