import type { AddressPort, Family } from '../core/address.ts'
import { addressFromBytes, families } from '../core/address.ts'
import { inNamespace } from '../sys/network-namespace.ts'
import {
  attachFilter,
  closeSocket,
  type FilterInstruction,
  openSocket,
  receive,
  type Received,
  setReceivePacketInfo,
} from '../sys/sockets.ts'
import { decodeEcho } from './echo.ts'

/** What reached a namespace's own network stack: a SYN, a datagram, or an echo request with a flow's key. */
export type Sighting =
  | { protocol: 'tcp' | 'udp'; source: AddressPort }
  | { protocol: 'icmp'; key: number; source: string; destination: string }

const keepSynWithoutAck: readonly FilterInstruction[] = [
  [0x54, 0, 0, 0x12],
  [0x15, 0, 1, 0x02],
  [0x06, 0, 0, 0xffff],
  [0x06, 0, 0, 0],
]

/** Classic BPF over what the socket delivers: IPv4 with the IP header, whose length varies, IPv6 from the TCP header on. */
const synFilter: Readonly<Record<Family, readonly FilterInstruction[]>> = {
  ipv4: [[0xb1, 0, 0, 0], [0x50, 0, 0, 13], ...keepSynWithoutAck],
  ipv6: [[0x30, 0, 0, 13], ...keepSynWithoutAck],
}

/**
 * Raw sockets that see what arrives in a namespace, whether or not anyone listens there: the kernel answers an echo request
 * or refuses a connection without telling any process. They are read when a batch is over, not as packets come.
 */
export class RawWitness {
  readonly #sockets: { fd: number; family: Family; protocol: 'tcp' | 'udp' | 'icmp' }[] = []

  /** @param protocols what is watched for. */
  constructor(namespaceFd: number, protocols: readonly ('tcp' | 'udp' | 'icmp')[]) {
    inNamespace(namespaceFd, () => {
      for (const family of families) for (const protocol of protocols) this.#open(family, protocol)
    })
  }

  /** Everything that has arrived since the last call. */
  take(): Sighting[] {
    const sightings: Sighting[] = []
    for (const { fd, family, protocol } of this.#sockets) {
      for (let received = receive(fd); received !== undefined; received = receive(fd)) {
        const sighting = protocol === 'icmp' ? readEcho(family, received) : readSource(protocol, family, received)
        if (sighting !== undefined) sightings.push(sighting)
      }
    }
    return sightings
  }

  close(): void {
    for (const { fd } of this.#sockets) closeSocket(fd)
  }

  #open(family: Family, protocol: 'tcp' | 'udp' | 'icmp'): void {
    const fd = openSocket('raw', family, protocol === 'icmp' && family === 'ipv6' ? 'icmpv6' : protocol)
    this.#sockets.push({ fd, family, protocol })
    if (family === 'ipv6') setReceivePacketInfo(fd)
    if (protocol === 'tcp') attachFilter(fd, synFilter[family])
  }
}

const ipHeaderLength = (packet: Buffer): number => (packet.readUInt8(0) & 0x0f) * 4
const IPV6_PKTINFO = 50

/** TCP and UDP both begin with the source port. */
function readSource(protocol: 'tcp' | 'udp', family: Family, { data, from }: Received): Sighting {
  const header = family === 'ipv4' ? data.subarray(ipHeaderLength(data)) : data
  return { protocol, source: { address: from.address, port: header.readUInt16BE(0) } }
}

function readEcho(family: Family, { data, from, control }: Received): Sighting | undefined {
  const key = decodeEcho(family, family === 'ipv4' ? data.subarray(ipHeaderLength(data)) : data)
  if (key === undefined) return undefined
  const info = control.find(({ level, type }) => level === 41 && type === IPV6_PKTINFO)
  const destination = family === 'ipv4' ? data.subarray(16, 20) : info?.data.subarray(0, 16)
  return destination && { protocol: 'icmp', key, source: from.address, destination: addressFromBytes(destination) }
}
