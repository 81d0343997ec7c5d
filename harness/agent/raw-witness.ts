import type { AddressPort, Family } from '../core/address.ts'
import { addressFromBytes, families } from '../core/address.ts'
import { inNamespace } from '../sys/namespaces/network-namespace.ts'
import { ReadableSet } from '../sys/sockets/readable-set.ts'
import {
  attachFilter,
  closeSocket,
  type FilterInstruction,
  openSocket,
  receive,
  type Received,
  setReceivePacketInfo,
} from '../sys/sockets/sockets.ts'
import { decodeEcho } from './echo.ts'
import { decodeSegment, segmentMark } from './segment.ts'

/** What reached a namespace's own network stack: a SYN, a datagram, or an echo request with a flow's key. */
export type Sighting =
  | { protocol: 'tcp' | 'udp'; source: AddressPort; destination: AddressPort }
  | { protocol: 'icmp'; key: number; source: string; destination: string }
  | { protocol: 'segment'; key: number; source: AddressPort; destination: AddressPort }

/** What a witness watches for: first packets of connections, datagrams, echo requests, segments of raw sockets. */
export type Watched = Sighting['protocol']

const keepSynWithoutAck: readonly FilterInstruction[] = [
  [0x54, 0, 0, 0x12],
  [0x15, 0, 1, 0x02],
  [0x06, 0, 0, 0xffff],
  [0x06, 0, 0, 0],
]

/**
 * Classic BPF over what the socket delivers: IPv4 with the IP header, whose length varies, IPv6 from the TCP header on.
 */
const synFilter: Readonly<Record<Family, readonly FilterInstruction[]>> = {
  ipv4: [[0xb1, 0, 0, 0], [0x50, 0, 0, 13], ...keepSynWithoutAck],
  ipv6: [[0x30, 0, 0, 13], ...keepSynWithoutAck],
}

const keepOurSegments: readonly FilterInstruction[] = [
  [0x54, 0, 0, 0xffff_0000],
  [0x15, 0, 1, segmentMark * 0x1_0000],
  [0x06, 0, 0, 0xffff],
  [0x06, 0, 0, 0],
]

/** By the beginning of the sequence number. */
const segmentFilter: Readonly<Record<Family, readonly FilterInstruction[]>> = {
  ipv4: [[0xb1, 0, 0, 0], [0x40, 0, 0, 4], ...keepOurSegments],
  ipv6: [[0x20, 0, 0, 4], ...keepOurSegments],
}

/**
 * Raw sockets that see what arrives in a namespace, whether or not anyone listens there: the kernel answers an echo
 * request or refuses a connection without telling any process. They are read when a batch is over, not as packets come.
 */
export class RawWitness {
  readonly #sockets: { fd: number; family: Family; protocol: Watched }[] = []
  readonly #readable = new ReadableSet()

  /** @param protocols what is watched for. */
  constructor(namespaceFd: number, protocols: readonly Watched[]) {
    inNamespace(namespaceFd, () => {
      for (const family of families) for (const protocol of protocols) this.#open(family, protocol)
    })
  }

  /** Everything that has arrived since the last call. */
  take(): Sighting[] {
    const sightings: Sighting[] = []
    const readable = this.#readable.ready()
    for (const { fd, family, protocol } of this.#sockets) {
      if (!readable.includes(fd)) continue
      for (let received = receive(fd); received !== undefined; received = receive(fd)) {
        const sighting = read(protocol, family, received)
        if (sighting !== undefined) sightings.push(sighting)
      }
    }
    return sightings
  }

  close(): void {
    this.#readable.close()
    for (const { fd } of this.#sockets) closeSocket(fd)
  }

  #open(family: Family, protocol: Watched): void {
    const number = protocol === 'segment' ? 'tcp' : protocol === 'icmp' && family === 'ipv6' ? 'icmpv6' : protocol
    const fd = openSocket('raw', family, number)
    this.#sockets.push({ fd, family, protocol })
    if (family === 'ipv6') setReceivePacketInfo(fd)
    if (protocol === 'tcp') attachFilter(fd, synFilter[family])
    if (protocol === 'segment') attachFilter(fd, segmentFilter[family])
    this.#readable.add(fd)
  }
}

const ipHeaderLength = (packet: Buffer): number => (packet.readUInt8(0) & 0x0f) * 4
const IPV6_PKTINFO = 50

function read(protocol: Watched, family: Family, received: Received): Sighting | undefined {
  if (protocol === 'icmp') return readEcho(family, received)
  return protocol === 'segment' ? readSegment(family, received) : readEnds(protocol, family, received)
}

/** Where a packet was sent to, of which IPv6 does not show the header. */
function destinationOf(family: Family, { data, control }: Received): string | undefined {
  const info = control.find(({ level, type }) => level === 41 && type === IPV6_PKTINFO)
  const destination = family === 'ipv4' ? data.subarray(16, 20) : info?.data.subarray(0, 16)
  return destination && addressFromBytes(destination)
}

function readSegment(family: Family, received: Received): Sighting | undefined {
  const { data, from } = received
  const segment = decodeSegment(family === 'ipv4' ? data.subarray(ipHeaderLength(data)) : data)
  const address = destinationOf(family, received)
  if (segment === undefined || address === undefined) return undefined
  const { key, sourcePort, destinationPort } = segment
  return {
    protocol: 'segment',
    key,
    source: { address: from.address, port: sourcePort },
    destination: { address, port: destinationPort },
  }
}

/** TCP and UDP both begin with the source port and the destination's. */
function readEnds(protocol: 'tcp' | 'udp', family: Family, received: Received): Sighting | undefined {
  const { data, from } = received
  const header = family === 'ipv4' ? data.subarray(ipHeaderLength(data)) : data
  const address = destinationOf(family, received)
  if (address === undefined) return undefined
  return {
    protocol,
    source: { address: from.address, port: header.readUInt16BE(0) },
    destination: { address, port: header.readUInt16BE(2) },
  }
}

function readEcho(family: Family, received: Received): Sighting | undefined {
  const { data, from } = received
  const key = decodeEcho(family, family === 'ipv4' ? data.subarray(ipHeaderLength(data)) : data)
  if (key === undefined) return undefined
  const destination = destinationOf(family, received)
  return destination === undefined ? undefined : { protocol: 'icmp', key, source: from.address, destination }
}
