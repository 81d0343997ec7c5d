import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import {
  decodeAttributes,
  Netlink,
  netfilterHeader,
  netlinkFamily,
  type NetlinkMessage,
} from '../../sys/sockets/netlink.ts'
import { AF } from '../../sys/sockets/sockaddr.ts'
import { subsystem } from '../nf-tables.ts'
import { textOf } from './nft-rules.ts'
import { hooks, type KernelTrace, readKey, type Traced, TraceLost, transportOffset } from './traced.ts'

/** linux/netfilter/nfnetlink_log.h */
const NFULNL_MSG_CONFIG = 1
const NFULA_CFG = { command: 1, mode: 2 } as const
const NFULNL_CFG_CMD = { bind: 1, bindFamily: 3 } as const
const NFULNL_COPY_PACKET = 2
const NFULA = { packetHeader: 1, payload: 9, prefix: 10 } as const
/** The kernel writes traces to this one. */
const group = 0
/** The longest IPv4 header, and what is needed of the next one. */
const copied = 60 + 8

const mostBytes = 64 * 1024 * 1024
/** nfnetlink_log takes a page a message, and ends of chains and policies are messages too. */
const bytesOfAFlow = 5120 * 48

/**
 * The trace messages of ip_tables and ip6_tables, received through nfnetlink_log (trace_packet in
 * net/ipv4/netfilter/ip_tables.c).
 */
export class LegacyTrace implements KernelTrace {
  readonly flowsAtOnce: number
  readonly #netlink: Netlink

  constructor(namespaceFd: number) {
    this.#netlink = inNamespace(namespaceFd, () => new Netlink(netlinkFamily.netfilter))
    this.#netlink.carryOut([
      ...[AF.inet, AF.inet6].map((family) => command(NFULNL_CFG_CMD.bindFamily, family)),
      ...setUp,
    ])
    this.flowsAtOnce = Math.max(1, Math.floor(this.#netlink.setReceiveBuffer(mostBytes) / bytesOfAFlow))
  }

  learn(): void {
    this.#netlink.take()
  }

  take(): Traced[] {
    const { bodies, isLossy } = this.#netlink.take()
    if (isLossy) throw new TraceLost('the kernel traced more than its buffer holds')
    return bodies.flatMap((body) => readLog(body) ?? [])
  }

  close(): void {
    this.#netlink.close()
  }
}

function command(number: number, family = 0): NetlinkMessage {
  return {
    type: subsystem.log | NFULNL_MSG_CONFIG,
    flags: 0,
    header: netfilterHeader(family, group),
    attributes: [[NFULA_CFG.command, Uint8Array.of(number)]],
    what: 'nfnetlink_log',
  }
}

/** Each packet is delivered immediately, in a message of its own, because the kernel's trace logger asks for that. */
const setUp: readonly NetlinkMessage[] = [
  command(NFULNL_CFG_CMD.bind),
  { ...command(0), attributes: [[NFULA_CFG.mode, Uint8Array.of(0, 0, 0, copied, NFULNL_COPY_PACKET, 0)]] },
]

/** @returns undefined if it is no trace message, or traces a packet that no probe sends. */
export function readLog(body: Buffer): Traced | undefined {
  const family = body.readUInt8(0)
  const attributes = decodeAttributes(body.subarray(4))
  const told = /^TRACE: (\w+):(.+):(rule|return|policy):(\d+) $/.exec(textOf(attributes.get(NFULA.prefix)))
  const hook = hooks[attributes.get(NFULA.packetHeader)?.[2] ?? hooks.length]
  const payload = attributes.get(NFULA.payload)
  if (told === null || hook === undefined || payload === undefined) return undefined
  const [, table = '', chain = '', kind, number] = told
  const packet = readKey(family, payload, payload.subarray(transportOffset(family, payload)))
  if (packet === undefined) return undefined
  // An unconditional RETURN, ACCEPT or DROP calls itself an end as well.
  return { packet, hook, table, chain, rule: Number(number), ...(kind !== 'rule' && { mayBeEnd: true }) }
}
