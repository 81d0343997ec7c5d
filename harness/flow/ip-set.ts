import type { Family } from '../core/address.ts'

/** What one part of a member is: an address, a network, a port with its protocol, … */
export type SetPart = 'ip' | 'net' | 'port' | 'iface' | 'mark' | 'mac' | 'set'

/** The types of sets, and the parts that a member of each has (ipset(8)). */
export const setTypes = {
  'bitmap:ip': ['ip'],
  'bitmap:ip,mac': ['ip', 'mac'],
  'bitmap:port': ['port'],
  'hash:ip': ['ip'],
  'hash:mac': ['mac'],
  'hash:ip,mac': ['ip', 'mac'],
  'hash:net': ['net'],
  'hash:net,net': ['net', 'net'],
  'hash:ip,port': ['ip', 'port'],
  'hash:net,port': ['net', 'port'],
  'hash:ip,port,ip': ['ip', 'port', 'ip'],
  'hash:ip,port,net': ['ip', 'port', 'net'],
  'hash:ip,mark': ['ip', 'mark'],
  'hash:net,port,net': ['net', 'port', 'net'],
  'hash:net,iface': ['net', 'iface'],
  'list:set': ['set'],
} as const satisfies Readonly<Record<string, readonly SetPart[]>>

export type SetType = keyof typeof setTypes

/** A set of ipset(8): what `-m set` asks about. Plain data, so that an agent can set it up. */
export interface IpSet {
  name: string
  type: SetType
  /** Of its addresses; to a rule of the other family it has no members. Of types without addresses it is of no account. */
  family: Family
  /** hash:ip and bitmap:ip: how many bits of an address count. */
  netmask?: number
  /** hash:ip,mark: which bits of the mark count. */
  markmask?: number
  /** Of a bitmap: the first and last address or port that it has room for. */
  range?: readonly [first: string, last: string]
  /** How many members it has room for; by default 65,536. */
  maxelem?: number
  /** It counts packets and bytes, which rules may ask for. */
  counts?: true
  members: readonly SetMember[]
}

/** One entry of a set: a part for each that its type has, in their order. */
export interface SetMember {
  parts: readonly SetMemberPart[]
  /** What it holds is not in the set, although a larger network may be. */
  nomatch?: true
  counters?: { packets: string; bytes: string }
}

/** Everything in it as ipset(8) has it: `ip` and `net` are one address, a range, or with a prefix length a network. */
export type SetMemberPart =
  | AddressPart
  /**
   * ICMP: type * 256 + code in place of a port; 0 for a protocol without any. Of bitmap:port, which takes the ports of
   * TCP and UDP alike, the protocol is 0.
   */
  | { is: 'port'; protocol: number; port: number; last?: number }
  /** `isBridged`: the port of a bridge that it has come by. `isBeginning`: any interface whose name begins so. */
  | { is: 'iface'; name: string; isBridged?: true; isBeginning?: true }
  | { is: 'mark'; mark: number }
  | { is: 'mac'; mac: string }
  | { is: 'set'; name: string }

export interface AddressPart {
  is: 'ip' | 'net'
  address: string
  last?: string
  prefix?: number
}

export const isAddressPart = (part: SetMemberPart): part is AddressPart => part.is === 'ip' || part.is === 'net'

/** A member as `ipset add` takes it, but for its protocol's name: `10.96.0.1,6:443`. */
export const memberText = ({ parts }: SetMember): string => parts.map(partText).join()

function partText(part: SetMemberPart): string {
  if (isAddressPart(part)) {
    const { address, last, prefix } = part
    return `${address}${last === undefined ? '' : `-${last}`}${prefix === undefined ? '' : `/${prefix}`}`
  }
  switch (part.is) {
    case 'port':
      return `${part.protocol === 0 ? '' : `${part.protocol}:`}${part.port}${part.last === undefined ? '' : `-${part.last}`}`
    case 'mark':
      return `0x${part.mark.toString(16)}`
    case 'mac':
      return part.mac
    case 'iface':
    case 'set':
      return part.name
  }
}
