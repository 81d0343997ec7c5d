import type { AddressPort, Family } from '../core/address.ts'
import type { Protocol } from '../flow/flow.ts'
import type { Credentials } from '../flow/identity.ts'

/**
 * Whose packet it is to xt_owner: a process's, the kernel's own (it has a socket, but no file and so no credentials), or nobody's,
 * as everything that is forwarded.
 */
export type Owner = Credentials | 'kernel' | 'nobody'

/** A packet at one hook, as far as rules can ask about it. */
export interface Packet {
  family: Family
  /** `error` is an ICMP error about the connection. */
  protocol: Protocol | 'error'
  source: AddressPort
  destination: AddressPort
  in?: string
  out?: string
  owner: Owner
  mark: number
  /** As in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  tcpFlags: number
  state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'UNTRACKED'
}

/** What connection tracking knows of the packet's connection. */
export interface Connection {
  /** Where its packets go in place of their destination. */
  translation?: AddressPort
  mark: number
}

export const protocolNumbers: Readonly<Record<Family, Readonly<Record<Packet['protocol'], number>>>> = {
  ipv4: { tcp: 6, udp: 17, icmp: 1, error: 1 },
  ipv6: { tcp: 6, udp: 17, icmp: 58, error: 58 },
}

/** Echo request and port unreachable, by family: type and code. */
export const icmpTypes: Readonly<Record<Family, Readonly<Record<'icmp' | 'error', readonly [type: number, code: number]>>>> = {
  ipv4: { icmp: [8, 0], error: [3, 3] },
  ipv6: { icmp: [128, 0], error: [1, 4] },
}

export const hasPorts = ({ protocol }: Packet): boolean => protocol === 'tcp' || protocol === 'udp'
