import {
  decodeAttributes,
  Netlink,
  netfilterHeader,
  netlinkFamily,
  type NetlinkMessage,
} from '../../sys/sockets/netlink.ts'
import { NFT_MSG, subsystem } from '../nf-tables.ts'

const NFTA_RULE = { table: 1, chain: 2, handle: 3 } as const

/** Where a rule stands. */
export interface RulePlace {
  chain: string
  /** From 1. */
  rule: number
}

/** A rule's handle is unique in its table. */
export const ruleKey = (family: number, table: string, handle: bigint): string => `${family} ${table} ${handle}`

/** The NUL-terminated text of an attribute. */
export const textOf = (bytes: Buffer | undefined): string => bytes?.toString('latin1', 0, bytes.length - 1) ?? ''

/** The rules of one network namespace, which are listed again where there are others. */
export class NftRules {
  readonly #netlink: Netlink
  #generation: Buffer | undefined
  #places: ReadonlyMap<string, RulePlace> = new Map()

  /** Those of the calling thread's. */
  constructor() {
    this.#netlink = new Netlink(netlinkFamily.netfilter)
  }

  /** Every rule by what nf_tables calls it. */
  list(): ReadonlyMap<string, RulePlace> {
    const generation = this.#netlink.get(request(NFT_MSG.getGeneration))
    const isKnown = generation !== undefined && this.#generation?.equals(generation)
    // One that is made while they are listed is another generation's.
    if (!isKnown) this.#places = placesOf(this.#netlink.dump(request(NFT_MSG.getRule)))
    this.#generation = generation
    return this.#places
  }

  close(): void {
    this.#netlink.close()
  }
}

const request = (type: number): NetlinkMessage => ({
  type: subsystem.nfTables | type,
  flags: 0,
  header: netfilterHeader(0),
  attributes: [],
  what: 'nf_tables: list rules',
})

/** The kernel lists rules chain by chain, in their order; iptables-nft makes one of each rule of its own. */
export function placesOf(rules: readonly Buffer[]): Map<string, RulePlace> {
  const places = new Map<string, RulePlace>()
  const counts = new Map<string, number>()
  for (const body of rules) {
    const attributes = decodeAttributes(body.subarray(4))
    const family = body.readUInt8(0)
    const [table, chain] = [textOf(attributes.get(NFTA_RULE.table)), textOf(attributes.get(NFTA_RULE.chain))]
    const rule = (counts.get(`${family} ${table} ${chain}`) ?? 0) + 1
    counts.set(`${family} ${table} ${chain}`, rule)
    const handle = attributes.get(NFTA_RULE.handle)?.readBigUInt64BE(0)
    if (handle !== undefined) places.set(ruleKey(family, table, handle), { chain, rule })
  }
  return places
}
