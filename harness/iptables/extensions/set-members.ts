import type { Family } from '../../core/address.ts'
import {
  type AddressPart,
  type IpSet,
  isAddressPart,
  type SetMember,
  type SetMemberPart,
  setTypes,
} from '../../flow/ip-set.ts'
import { type AskedDimension, decide, type Entry } from '../../netfilter/decide.ts'
import type { Decision, DecisionField } from '../../netfilter/decision.ts'
import { domainOf } from '../../netfilter/field.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import { addressesOfPrefix, addressNumber, interfaceNames, interfaceNumber } from '../../netfilter/wide-values.ts'

interface Asking {
  family: Family
  isSource: readonly boolean[]
  returnsNomatch: boolean
}

/** What of a type's members no packet here is known to have. */
export function unmodelledPart({ type }: IpSet): string | undefined {
  return (setTypes[type] as readonly string[]).includes('mac') ? 'link-layer addresses' : undefined
}

/** Every protocol's: see `DecisionField`. */
const portsDomain: Interval<bigint> = { first: 0n, last: (256n << 16n) - 1n }

/** What a rule asks about, by the directions that it names. */
export const fieldsAsked = (set: IpSet, isSource: readonly boolean[], family: Family): DecisionField[] =>
  (setTypes[set.type] as readonly SetMemberPart['is'][]).map(
    (part, index) => dimensionOf(part, isSource[index] === true, set, family).field,
  )

/** @returns what its members come to, or why that is not known. */
export function decisionOf(set: IpSet, asking: Asking): Decision | string {
  const parts = setTypes[set.type] as readonly SetMemberPart['is'][]
  const dimensions = parts.map((part, index) => dimensionOf(part, asking.isSource[index] === true, set, asking.family))
  // For types without networks, nobody looks at nomatch (IPSET_TYPE_NOMATCH).
  const hasNomatch = parts.includes('net')
  const members = set.type === 'bitmap:port' ? set.members.flatMap(ofBothProtocols) : set.members
  const entries = members.flatMap((member) => {
    const entry = entryOf(member, set, asking.family)
    const isLeftOut = hasNomatch && member.nomatch === true
    return entry === undefined ? [] : [{ ...entry, holds: isLeftOut === (hasNomatch && asking.returnsNomatch) }]
  })
  return decide(dimensions, entries) ?? `the members of set ${set.name} overlap too much to be told apart`
}

/** A bitmap of ports is one of TCP's and of UDP's (ip_set_get_ip_port in ip_set_bitmap_port.c). */
const ofBothProtocols = ({ parts, ...member }: SetMember): SetMember[] =>
  [6, 17].map((protocol) => ({
    ...member,
    parts: parts.map((part) => (part.is === 'port' ? { ...part, protocol } : part)),
  }))

function dimensionOf(part: SetMemberPart['is'], isSource: boolean, set: IpSet, family: Family): AskedDimension {
  switch (part) {
    case 'ip':
    case 'net': {
      const field = isSource ? 'saddr' : 'daddr'
      // Once a network with some interface is found, no wider one is looked for (IP_SET_HASH_WITH_MULTI).
      return { field, domain: domainOf(field, family), ...(set.type === 'hash:net,iface' && { isExclusive: true }) }
    }
    case 'port':
      return { field: isSource ? 'sport' : 'dport', domain: portsDomain }
    case 'iface':
      return { field: isSource ? 'iif' : 'oif', domain: domainOf('iif', family) }
    default:
      return {
        field: 'mark',
        domain: { first: 0n, last: 0xffff_ffffn },
        ...(set.markmask !== undefined && { mask: BigInt(set.markmask) }),
      }
  }
}

/** @returns undefined for a member that no packet here meets: one of a bridge's port. */
function entryOf({ parts }: SetMember, set: IpSet, family: Family): Omit<Entry, 'holds'> | undefined {
  if (parts.some((part) => part.is === 'iface' && part.isBridged)) return undefined
  return {
    ranges: parts.map((part) => rangeOf(part, set)),
    ranks: parts.map((part) => (part.is === 'net' ? prefixOf(part, family) : 0)),
  }
}

const prefixOf = ({ prefix }: SetMemberPart & { is: string; prefix?: number }, family: Family): number =>
  prefix ?? (family === 'ipv4' ? 32 : 128)

function rangeOf(part: SetMemberPart, set: IpSet): Interval<bigint> {
  if (isAddressPart(part)) return addressesOf(part, set)
  switch (part.is) {
    case 'port': {
      const base = BigInt(part.protocol) << 16n
      return { first: base + BigInt(part.port), last: base + BigInt(part.last ?? part.port) }
    }
    case 'iface':
      return part.isBeginning ? interfaceNames(part.name) : single(interfaceNumber(part.name))
    case 'mark':
      return single(BigInt(part.mark))
    default:
      throw new Error(`no range: ${part.is}`)
  }
}

const single = (value: bigint): Interval<bigint> => ({ first: value, last: value })

function addressesOf({ address, last, prefix }: AddressPart, { netmask }: IpSet): Interval<bigint> {
  if (prefix !== undefined) return widened(addressesOfPrefix(`${address}/${prefix}`), address, netmask)
  return widened({ first: addressNumber(address), last: addressNumber(last ?? address) }, address, netmask)
}

/** With a netmask of a set's own, all of a network is one member. */
function widened({ first, last }: Interval<bigint>, address: string, netmask: number | undefined): Interval<bigint> {
  if (netmask === undefined) return { first, last }
  const free = BigInt((address.includes(':') ? 128 : 32) - netmask)
  return { first: (first >> free) << free, last: (((last >> free) + 1n) << free) - 1n }
}
