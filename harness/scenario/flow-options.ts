import * as v from 'valibot'
import { familyOf } from '../core/address.ts'
import { parseFlags, tcpFlag, tcpFlagNames } from '../core/tcp-flags.ts'
import type { Protocol } from '../flow/flow.ts'
import { id, interfaceName, list, object, port, shown, text, whole, yesOrNo } from '../input/fields.ts'

export interface FlowOptions {
  /** A fixed source address, which the sender must own. */
  sourceAddress?: string
  /** A fixed source port. */
  sourcePort?: number
  /** SO_BINDTODEVICE; never a way to say which interface a flow takes, that is the route's choice. */
  bindToDevice?: string
  /** SO_MARK: its packets carry this mark. */
  mark?: number
  /** IP_TOS, or IPV6_TCLASS: DSCP in the upper six bits, and ECN, which a TCP socket cannot have. */
  tos?: number
  /** IP_TRANSPARENT: `sourceAddress` may be none of the pod's, as a proxy's that keeps its client. */
  transparent?: true
}

export interface TcpOptions extends FlowOptions {
  /** The server speaks first, as in MySQL or SMTP: the flow is done when its banner has come back. */
  serverFirst?: true
  /** An HTTP request is made and must be answered. */
  http?: true
  /**
   * A single segment with these flags (`FIN,ACK`, as `--tcp-flags` of iptables writes them, or `NONE`) is sent by a raw
   * socket, of no connection. It is refused if it is answered by a reset, direct if whoever it is for gets it and says
   * nothing, and dropped otherwise.
   */
  raw?: string
}

/** An IP address. */
export const address = v.pipe(
  text,
  v.check(
    (written) => familyOf(written) !== undefined,
    ({ input }) => `${shown(input)} is not an IP address`,
  ),
)

/** fwmarks have 32 bits; 0 is what every packet has. */
const mark = whole(1, 0xffff_ffff)
/** 0 is what every socket has. */
const tos = whole(1, 0xff)
/** What any flow may be given. */
export const everywhere = {
  sourceAddress: v.optional(address),
  bindToDevice: v.optional(interfaceName),
  mark: v.optional(mark),
  tos: v.optional(tos),
  transparent: v.optional(yesOrNo),
}
/**
 * A segment's flags; without ACK, RST and FIN a SYN begins a connection, and what becomes of that a raw socket does not
 * see.
 */
export const raw = v.pipe(
  text,
  v.check(
    (written) => parseFlags(written) !== undefined,
    ({ input }) => `${shown(input)} is no list of TCP flags; they are ${tcpFlagNames.join(', ')}, or NONE`,
  ),
  v.check((written) => {
    const { fin, syn, rst, ack } = tcpFlag
    return ((parseFlags(written) ?? 0) & (fin | syn | rst | ack)) !== syn
  }, 'SYN begins a connection: leave raw out'),
)
/** What one of TCP or UDP may be given. */
export const withPort = { ...everywhere, sourcePort: v.optional(port) }

/** What a flow may be given beside its destination. */
export const flowOptions: Readonly<Record<Protocol, v.GenericSchema>> = {
  tcp: v.pipe(
    object(
      { ...withPort, serverFirst: v.optional(yesOrNo), http: v.optional(yesOrNo), raw: v.optional(raw) },
      'option',
    ),
    v.check(
      ({ serverFirst, http }) => !(serverFirst && http),
      'serverFirst and http cannot both be: over HTTP it is the client that speaks first',
    ),
    v.check(
      ({ serverFirst, http, raw }) => raw === undefined || !(serverFirst || http),
      'nobody talks over a raw segment',
    ),
  ),
  udp: object(withPort, 'option'),
  icmp: object(everywhere, 'option'),
}

/** Whom a receiver is to see as its client. */
export const client = v.pipe(
  text,
  v.check(
    (written) => written === 'client' || familyOf(written) !== undefined,
    ({ input }) => `not 'client' or an address: ${shown(input)}`,
  ),
)

/** Numbers that a process runs as. */
export const credentials = object({ uid: id, gid: v.optional(id), groups: v.optional(list(id)) })
