import { addressBytes, addressFromBytes, type AddressPort, familyOf, sameAddressPort } from '../core/address.ts'
import type { Protocol } from '../flow/flow.ts'
import type { ConntrackEntry } from './protocol.ts'
import { inNamespace } from '../sys/namespaces/network-namespace.ts'
import {
  type Attribute,
  decodeAttributes,
  Netlink,
  netlinkFamily,
  type NetlinkMessage,
} from '../sys/sockets/netlink.ts'
import { AF } from '../sys/sockets/sockaddr.ts'
import { withNetlink } from './with-netlink.ts'

/** Reads the connection-tracking table (linux/netfilter/nfnetlink_conntrack.h). */

const getEntry = (1 << 8) | 1
const deleteEntry = (1 << 8) | 2
const CTA = { original: 1, reply: 2, status: 3, protocolInfo: 4, timeout: 7, zone: 18 } as const
const CTA_TUPLE = { ip: 1, protocol: 2, zone: 3 } as const
const CTA_IP = { ipv4: { source: 1, destination: 2 }, ipv6: { source: 3, destination: 4 } } as const
const CTA_PROTO = { number: 1, sourcePort: 2, destinationPort: 3, icmpId: 4, icmpv6Id: 7 } as const
const CTA_PROTOINFO_TCP = 1
const CTA_PROTOINFO_TCP_STATE = 1
const protocolNumbers = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 } as const
const IPS = { seenReply: 2, assured: 4 } as const
/** linux/netfilter/nf_conntrack_tcp.h, in order. */
const tcpStates = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
] as const

interface Tuple {
  source: AddressPort
  destination: AddressPort
  protocol: number
  /** Where that is not the zone of its reply, too. */
  zone?: number
}

/**
 * What a connection or datagram looked like before it was translated: what a UDP socket cannot say itself, and what a
 * TCP socket cannot where the source was changed too, because another connection already had the same way back. Only
 * the common zone is looked in, as SO_ORIGINAL_DST does (getorigdst in net/netfilter/nf_conntrack_proto.c).
 * @param local where it arrived. @param source who seems to have sent it. @param zone another one than the common.
 */
export function originalTuple(
  namespaceFd: number,
  protocol: 'tcp' | 'udp',
  local: AddressPort,
  source: AddressPort,
  zone?: number,
): { source: AddressPort; destination: AddressPort } | undefined {
  const reply: Tuple = { source: local, destination: source, protocol: protocolNumbers[protocol] }
  const entry = withNetlink(namespaceFd, (netlink) =>
    netlink.get(request([[CTA.reply, encodeTuple(reply)], ...inZone(zone)], local.address)),
  )
  return entry && originalOf(entry, reply)
}

const inZone = (zone: number | undefined): Attribute[] =>
  zone === undefined ? [] : [[CTA.zone, Uint8Array.of(zone >> 8, zone & 0xff)]]

/** Every entry of the table at one moment, in whichever zone. */
export class EveryZone {
  readonly #entries: readonly Buffer[]

  constructor(namespaceFd: number) {
    this.#entries = dump(namespaceFd)
  }

  /** As `originalTuple`; undefined if it is in no zone, or in several. */
  originalTuple(
    protocol: 'tcp' | 'udp',
    local: AddressPort,
    source: AddressPort,
  ): Pick<Tuple, 'source' | 'destination'> | undefined {
    const reply: Tuple = { source: local, destination: source, protocol: protocolNumbers[protocol] }
    const found = this.#entries.flatMap((entry) => originalOf(entry, reply) ?? [])
    return found.length === 1 ? found[0] : undefined
  }
}

/**
 * The original tuple of the entry with this reply; asked for one, the kernel also gives the entry that begins with it.
 */
function originalOf(entry: Buffer, reply: Tuple): Tuple | undefined {
  const [original, own] = tuplesOf(decodeAttributes(entry.subarray(4)))
  const isIt =
    own.protocol === reply.protocol &&
    sameAddressPort(own.source, reply.source) &&
    sameAddressPort(own.destination, reply.destination)
  return isIt ? original : undefined
}

/** A connection that seems to come from another port than it was sent from, an echo request with another identifier. */
interface RenamedSource {
  protocol: Protocol
  sent: AddressPort
  seen: AddressPort
  /** Where it goes, as its receiver has it. */
  local: AddressPort
}

const NFNLGRP_CONNTRACK_NEW = 1
/** What one message takes up, in bytes, and how many connections may begin before they are read. */
const [bytesOfAConnection, mostConnections] = [2048, 1024]

/**
 * Hears of connections as they begin, for their ports: nat may change the source's, as `--random-fully` does, or because
 * another connection had it. To read the table instead takes the kernel 6 ms (`dump`).
 */
export class RenamedSources {
  readonly #namespaceFd: number
  readonly #netlink: Netlink
  readonly #isToldOfAll: boolean

  /** @param isToldOfAll whether no rule keeps the kernel from telling of a connection, as `CT --ctevents` may. */
  constructor(namespaceFd: number, isToldOfAll: boolean) {
    this.#namespaceFd = namespaceFd
    this.#isToldOfAll = isToldOfAll
    this.#netlink = inNamespace(
      namespaceFd,
      () => new Netlink(netlinkFamily.netfilter, 1 << (NFNLGRP_CONNTRACK_NEW - 1)),
    )
    this.#netlink.setReceiveBuffer(bytesOfAConnection * mostConnections)
  }

  /**
   * Those that have begun since the last call. Where the kernel tells of none (net.netfilter.nf_conntrack_events), or of
   * not all, those of the table.
   */
  take(): RenamedSource[] {
    const { bodies, isLossy } = this.#netlink.take()
    const isWhole = this.#isToldOfAll && !isLossy && bodies.length > 0
    return entriesIn(isWhole ? bodies : dump(this.#namespaceFd)).flatMap(({ protocol, original, reply }) => {
      // Both tuples of an echo request have the identifier at their source.
      const [seen, local] =
        protocol === 'icmp'
          ? [
              { ...reply.destination, port: reply.source.port },
              { ...reply.source, port: 0 },
            ]
          : [reply.destination, reply.source]
      return original.source.port === seen.port ? [] : [{ protocol, sent: original.source, seen, local }]
    })
  }

  close(): void {
    this.#netlink.close()
  }
}

/** Every entry of the table. */
export function listConntrack(namespaceFd: number): ConntrackEntry[] {
  return entriesIn(dump(namespaceFd)).map(({ protocol, original, reply, attributes }) => ({
    protocol,
    sourcePort: original.source.port,
    text: formatEntry(original, reply, attributes),
  }))
}

interface Entry {
  protocol: Protocol
  original: Tuple
  reply: Tuple
  attributes: Map<number, Buffer>
}

/** The entries of protocols that flows have. */
function entriesIn(bodies: readonly Buffer[]): Entry[] {
  return bodies.flatMap((body) => {
    const attributes = decodeAttributes(body.subarray(4))
    const [original, reply] = tuplesOf(attributes)
    const protocol = protocolOf(original)
    return protocol === undefined ? [] : [{ protocol, original, reply, attributes }]
  })
}

/** An entry's two directions. */
function tuplesOf(attributes: Map<number, Buffer>): [original: Tuple, reply: Tuple] {
  const tuple = (type: number): Tuple => decodeTuple(attributes.get(type) ?? Buffer.alloc(0))
  return [tuple(CTA.original), tuple(CTA.reply)]
}

/** What the kernel has of every zone at one moment, which takes it 10 ms (ctnetlink_dump_table). */
function dump(namespaceFd: number): Buffer[] {
  return withNetlink(namespaceFd, (netlink) => netlink.dump(request([], undefined)))
}

/**
 * Makes the namespace forget every connection. Its socket is closed at once: the kernel waits there until all that
 * nf_tables has deleted is gone (nft_rcv_nl_event in net/netfilter/nf_tables_api.c), and until then connections are
 * tracked for rules that were taken out.
 */
export function flushConntrack(namespaceFd: number): void {
  withNetlink(namespaceFd, (netlink) =>
    netlink.carryOut([{ ...request([], undefined), type: deleteEntry, what: 'conntrack flush' }]),
  )
}

function protocolOf({ protocol: number }: Tuple): Protocol | undefined {
  if (number === protocolNumbers.icmpv6) return 'icmp'
  return (['tcp', 'udp', 'icmp'] as const).find((name) => protocolNumbers[name] === number)
}

function request(attributes: readonly Attribute[], address: string | undefined): NetlinkMessage {
  const header = Buffer.alloc(4)
  header.writeUInt8(address === undefined ? 0 : familyOf(address) === 'ipv4' ? AF.inet : AF.inet6, 0)
  return { type: getEntry, flags: 0, header, attributes, what: 'conntrack get' }
}

const bigEndian = (port: number): Uint8Array => Uint8Array.of(port >> 8, port & 0xff)

function encodeTuple({ source, destination, protocol }: Tuple): Attribute[] {
  const ip = CTA_IP[familyOf(source.address) ?? 'ipv4']
  return [
    [
      CTA_TUPLE.ip,
      [
        [ip.source, addressBytes(source.address)],
        [ip.destination, addressBytes(destination.address)],
      ],
    ],
    [
      CTA_TUPLE.protocol,
      [
        [CTA_PROTO.number, Uint8Array.of(protocol)],
        [CTA_PROTO.sourcePort, bigEndian(source.port)],
        [CTA_PROTO.destinationPort, bigEndian(destination.port)],
      ],
    ],
  ]
}

function decodeTuple(bytes: Buffer): Tuple {
  const parts = decodeAttributes(bytes)
  const ip = decodeAttributes(parts.get(CTA_TUPLE.ip) ?? Buffer.alloc(0))
  const protocol = decodeAttributes(parts.get(CTA_TUPLE.protocol) ?? Buffer.alloc(0))
  const address = (end: 'source' | 'destination'): string => {
    const found = ip.get(CTA_IP.ipv4[end]) ?? ip.get(CTA_IP.ipv6[end])
    return found === undefined ? '' : addressFromBytes(found)
  }
  const port = (type: number): number | undefined => protocol.get(type)?.readUInt16BE(0)
  const zone = parts.get(CTA_TUPLE.zone)?.readUInt16BE(0)
  const id = port(CTA_PROTO.icmpId) ?? port(CTA_PROTO.icmpv6Id) ?? 0
  return {
    source: { address: address('source'), port: port(CTA_PROTO.sourcePort) ?? id },
    destination: { address: address('destination'), port: port(CTA_PROTO.destinationPort) ?? 0 },
    protocol: protocol.get(CTA_PROTO.number)?.readUInt8(0) ?? 0,
    ...(zone !== undefined && { zone }),
  }
}

function formatEntry(original: Tuple, reply: Tuple, attributes: Map<number, Buffer>): string {
  const status = attributes.get(CTA.status)?.readUInt32BE(0) ?? 0
  const timeout = attributes.get(CTA.timeout)?.readUInt32BE(0) ?? 0
  const info = decodeAttributes(attributes.get(CTA.protocolInfo) ?? Buffer.alloc(0)).get(CTA_PROTOINFO_TCP)
  const state = info && decodeAttributes(info).get(CTA_PROTOINFO_TCP_STATE)?.readUInt8(0)
  const name = Object.entries(protocolNumbers).find(([, number]) => number === original.protocol)?.[0] ?? 'unknown'
  const zone = attributes.get(CTA.zone)?.readUInt16BE(0)
  const words = [
    name,
    original.protocol,
    timeout,
    ...(state === undefined ? [] : [tcpStates[state] ?? state]),
    formatTuple(original, 'zone-orig'),
    ...((status & IPS.seenReply) === 0 ? ['[UNREPLIED]'] : []),
    formatTuple(reply, 'zone-reply'),
    ...((status & IPS.assured) === 0 ? [] : ['[ASSURED]']),
    ...(zone === undefined ? [] : [`zone=${zone}`]),
  ]
  return words.join(' ')
}

function formatTuple({ source, destination, protocol, zone }: Tuple, zoneName: 'zone-orig' | 'zone-reply'): string {
  const addresses = `src=${source.address} dst=${destination.address}`
  const hasPorts = protocol === protocolNumbers.tcp || protocol === protocolNumbers.udp
  const ends = hasPorts
    ? `${addresses} sport=${source.port} dport=${destination.port}`
    : `${addresses} id=${source.port}`
  return zone === undefined ? ends : `${ends} ${zoneName}=${zone}`
}
