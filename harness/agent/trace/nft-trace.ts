import type { Hook } from '../../flow/matched-rule.ts'
import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { decodeAttributes, Netlink, netlinkFamily } from '../../sys/sockets/netlink.ts'
import type { FilterInstruction } from '../../sys/sockets/sockets.ts'
import { NftRules, type RulePlace, ruleKey, textOf } from './nft-rules.ts'
import { hooks, type KernelTrace, type PacketKey, readKey, type Traced, TraceLost } from './traced.ts'

const NFNLGRP_NFTRACE = 9
const NFTA_TRACE = { table: 1, chain: 2, handle: 3, id: 6, networkHeader: 8, transportHeader: 9 } as const

const mostBytes = 32 * 1024 * 1024
/** What one message takes up, and how many a flow makes: a redirected one about ten, and what follows as many again. */
const bytesOfAFlow = 1536 * 48

/**
 * What names no rule is not wanted: policies, ends of chains. A packet that matches a rule matches one of the base
 * chain's first, so the message with the packet's headers is never among those.
 */
const keepRules: readonly FilterInstruction[] = [
  [0x00, 0, 0, 20],
  [0x01, 0, 0, NFTA_TRACE.handle],
  [0x20, 0, 0, 0xfffff000 + 12],
  [0x15, 0, 1, 0],
  [0x06, 0, 0, 0],
  [0x06, 0, 0, 0xffff],
]

/** What nf_tables tells of packets that are traced (net/netfilter/nf_tables_trace.c). */
export class NftTrace implements KernelTrace {
  readonly flowsAtOnce: number
  readonly #netlink: Netlink
  readonly #rules: NftRules
  #decoder = new NftDecoder(new Map())

  constructor(namespaceFd: number) {
    this.#netlink = inNamespace(namespaceFd, () => new Netlink(netlinkFamily.netfilter, 1 << (NFNLGRP_NFTRACE - 1)))
    this.#rules = inNamespace(namespaceFd, () => new NftRules())
    this.#netlink.attachFilter(keepRules)
    this.flowsAtOnce = Math.max(1, Math.floor(this.#netlink.setReceiveBuffer(mostBytes) / bytesOfAFlow))
  }

  learn(): void {
    this.#netlink.take()
    this.#decoder = new NftDecoder(this.#rules.list())
  }

  take(): Traced[] {
    const { bodies, isLossy } = this.#netlink.take()
    if (isLossy) throw new TraceLost('the kernel traced more than its buffer holds')
    return bodies.flatMap((body) => this.#decoder.read(body) ?? [])
  }

  close(): void {
    this.#netlink.close()
    this.#rules.close()
  }
}

/**
 * Reads NFT_MSG_TRACE. A packet's headers are in the first message alone of each walk through a base chain, and the
 * others of that walk have the same id; ids are used again.
 */
export class NftDecoder {
  readonly #places: ReadonlyMap<string, RulePlace>
  readonly #walks = new Map<number, { packet: PacketKey | undefined; hook: Hook | undefined }>()

  constructor(places: ReadonlyMap<string, RulePlace>) {
    this.#places = places
  }

  /** @returns undefined if it reports no rule, or a packet that no probe sends. @throws TraceLost */
  read(body: Buffer): Traced | undefined {
    const family = body.readUInt8(0)
    const attributes = decodeAttributes(body.subarray(4))
    const chain = textOf(attributes.get(NFTA_TRACE.chain))
    const id = attributes.get(NFTA_TRACE.id)?.readUInt32BE(0) ?? 0
    const header = attributes.get(NFTA_TRACE.networkHeader)
    if (header !== undefined) {
      const packet = readKey(family, header, attributes.get(NFTA_TRACE.transportHeader) ?? Buffer.alloc(0))
      this.#walks.set(id, { packet, hook: hooks.find((name) => name === chain) })
    }
    const handle = attributes.get(NFTA_TRACE.handle)?.readBigUInt64BE(0)
    const table = textOf(attributes.get(NFTA_TRACE.table))
    const { packet, hook } = this.#walks.get(id) ?? {}
    if (handle === undefined || packet === undefined || hook === undefined) return undefined
    const place = this.#places.get(ruleKey(family, table, handle))
    if (place?.chain !== chain)
      throw new TraceLost(`the kernel traced a rule of ${table} ${chain} that it does not list`)
    return { packet, hook, table, ...place }
  }
}
