import { type AddressPort, addressFromBytes } from '../../core/address.ts'
import type { Protocol } from '../../flow/flow.ts'
import type { Hook } from '../../flow/matched-rule.ts'
import { AF } from '../../sys/sockets/sockaddr.ts'
import { echoTypes } from '../echo.ts'
import { decodeSegment, isResetOfSegment } from '../segment.ts'
import { wayOf } from '../way.ts'

/** Identifies a packet's flow. ICMP has an identifier instead of a source port. */
export interface PacketKey {
  protocol: Protocol
  /** The source port of the side that opened the connection. */
  sourcePort: number
  /** The answer to the first packet, or the acknowledgement of that answer; a datagram alone does not show which. */
  stage?: 'answer' | 'acknowledgement'
  /** How it came, from whoever began to the other (`wayOf`); of a datagram, from its sender. */
  way?: string
  /** Datagrams only: if it answers another datagram, the receiver is who sent that one. */
  ends?: { sender: AddressPort; receiver: AddressPort }
}

/** A rule that the kernel says a packet matched, by its place. */
export interface Traced {
  packet: PacketKey
  hook: Hook
  table: string
  chain: string
  /** Its place in the chain, from 1. */
  rule: number
  /** iptables-legacy counts the end of a chain as one more rule. */
  mayBeEnd?: true
}

/** What tells which rules packets match, or why nothing does. */
export type Trace = KernelTrace | { untraced: string }

/** The kernel's names of its own chains are those of the hooks; numbers as in linux/netfilter.h. */
export const hooks: readonly Hook[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']

const protocols: Readonly<Record<number, Protocol>> = { 6: 'tcp', 17: 'udp', 1: 'icmp', 58: 'icmp' }
const fixedHeaderLength = 40
const identifierOffset = 4
const tcpFlagsOffset = 13
const flags = { syn: 0x02, rst: 0x04, ack: 0x10 } as const

/** @param header a packet from its network header on. @param transport from its transport header on. */
export function readKey(family: number, header: Buffer, transport: Buffer): PacketKey | undefined {
  const number = header[family === AF.inet ? 9 : 6]
  const protocol = number === undefined ? undefined : protocols[number]
  if (protocol === undefined || transport.length < 8) return undefined
  const [sender, receiver] = endsOf(family, header, transport)
  if (protocol === 'icmp') {
    const isReply = transport[0] === echoTypes[family === AF.inet ? 'ipv4' : 'ipv6'].reply
    const sourcePort = transport.readUInt16BE(identifierOffset)
    const [asker, asked] = isReply ? [receiver, sender] : [sender, receiver]
    const way = wayOf(protocol, { ...asker, port: sourcePort }, { ...asked, port: 0 })
    return { protocol, sourcePort, way, ...(isReply && { stage: 'answer' }) }
  }
  const [way, wayBack] = [wayOf(protocol, sender, receiver), wayOf(protocol, receiver, sender)]
  if (protocol === 'udp') return { protocol, sourcePort: sender.port, way, ends: { sender, receiver } }
  if (decodeSegment(transport) !== undefined) return { protocol, sourcePort: sender.port, way }
  if (isResetOfSegment(transport)) return { protocol, sourcePort: receiver.port, way: wayBack, stage: 'answer' }
  const bits = transport[tcpFlagsOffset] ?? 0
  if ((bits & flags.ack) === 0) return { protocol, sourcePort: sender.port, way }
  return (bits & (flags.syn | flags.rst)) === 0
    ? { protocol, sourcePort: sender.port, way, stage: 'acknowledgement' }
    : { protocol, sourcePort: receiver.port, way: wayBack, stage: 'answer' }
}

/** Who has sent a packet, and to whom. */
function endsOf(family: number, header: Buffer, transport: Buffer): [sender: AddressPort, receiver: AddressPort] {
  const [first, length] = family === AF.inet ? [12, 4] : [8, 16]
  const address = (from: number): string => addressFromBytes(header.subarray(from, from + length))
  return [
    { address: address(first), port: transport.readUInt16BE(0) },
    { address: address(first + length), port: transport.readUInt16BE(2) },
  ]
}

/** Where a packet's transport header begins; nothing here sends IPv6 extension headers. */
export function transportOffset(family: number, packet: Buffer): number {
  return family === AF.inet ? ((packet[0] ?? 0) & 0x0f) * 4 : fixedHeaderLength
}

/** What a kernel's trace of one pod is read from. */
export interface KernelTrace {
  /** How many flows may be under way together before the trace messages overflow the socket buffer. */
  readonly flowsAtOnce: number
  /** The pod's rules are what they will be: what the kernel calls them can be learnt. */
  learn(): void
  /** What packets have matched since the last call, in order. @throws TraceLost */
  take(): Traced[]
  close(): void
}

/** The kernel lost trace messages: no trace is better than part of one. */
export class TraceLost extends Error {}
