import { addressBytes } from '../../core/address.ts'
import { type AddressPart, type IpSet, isAddressPart, type SetMember, type SetMemberPart } from '../../flow/ip-set.ts'
import { type Attribute, netfilterHeader, type NetlinkMessage, networkOrder, NLM_F } from '../../sys/sockets/netlink.ts'
import { macBytes } from '../../sys/sockets/rtnetlink.ts'
import { AF } from '../../sys/sockets/sockaddr.ts'

/** Requests of ipset(8) to the kernel (linux/netfilter/ipset/ip_set.h, ip_set_hash.h, ip_set_bitmap.h, ip_set_list.h). */

/** NFNL_SUBSYS_IPSET (linux/netfilter/nfnetlink.h). */
const subsystem = 6 << 8
const command = { create: 2, destroy: 3, add: 9, type: 13 } as const
/** The oldest protocol that kernels since 2.6.39 speak. */
const protocolVersion = 6
/** At the level of a command. */
const CMD = { protocol: 1, name: 2, type: 3, revision: 4, family: 5, data: 7, members: 8, line: 9 } as const
/** What makes a set, or a member. */
const DATA = {
  ip: 1,
  ipTo: 2,
  cidr: 3,
  port: 4,
  portTo: 5,
  protocol: 7,
  flags: 8,
  line: 9,
  mark: 10,
  markmask: 11,
  maxElements: 19,
  netmask: 20,
  size: 23,
  mac: 17,
  name: 18,
  ip2: 20,
  cidr2: 21,
  ip2To: 22,
  iface: 23,
  bytes: 24,
  packets: 25,
} as const
const IPADDR = { ipv4: 1, ipv6: 2 } as const
/** Of a member, and of a set that counts (enum ipset_cadt_flags). */
const flag = { isBridged: 2, nomatch: 4, counts: 8, isBeginning: 128 } as const
/** NLA_F_NET_BYTEORDER, without which ipset takes no number of several bytes (ip_set_attr_netorder). */
const netOrder = 0x4000

/** How many members a set has room for by default (IPSET_DEFAULT_MAXELEM). */
const usualRoom = 65_536

/** Types without addresses are of no family: rules of both may ask about them (NFPROTO_UNSPEC). */
const familyOf = ({ type, family }: Pick<IpSet, 'type' | 'family'>): number =>
  type === 'list:set' || type === 'bitmap:port' || type === 'hash:mac' ? 0 : family === 'ipv6' ? AF.inet6 : AF.inet

const header = (set: Pick<IpSet, 'type' | 'family'>): Buffer => netfilterHeader(familyOf(set))

const byte = (value: number): Uint8Array => Uint8Array.of(value)
const number16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)
function number64(value: string): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

const named = (name: string): Attribute[] => [
  [CMD.protocol, byte(protocolVersion)],
  [CMD.name, name],
]

/** Asks which revisions of a type the kernel has. */
export const typeRequest = (set: IpSet): NetlinkMessage => ({
  type: subsystem | command.type,
  flags: 0,
  header: header(set),
  attributes: [
    [CMD.protocol, byte(protocolVersion)],
    [CMD.type, set.type],
    [CMD.family, byte(familyOf(set))],
  ],
  what: `ipset type ${set.type}`,
})

/** The newest revision, in the answer. */
export const revisionAttribute = CMD.revision

/** Makes a set without members; none of them ever expires: a capture is one moment. */
export function createRequest(set: IpSet, revision: number): NetlinkMessage {
  const { name, type } = set
  return {
    type: subsystem | command.create,
    flags: NLM_F.exclusive,
    header: header(set),
    attributes: [
      ...named(name),
      [CMD.type, type],
      [CMD.revision, byte(revision)],
      [CMD.family, byte(familyOf(set))],
      [CMD.data, dataOf(set)],
    ],
    what: `ipset create ${name} ${type}`,
  }
}

function dataOf({ type, netmask, markmask, range, counts, members, maxelem = usualRoom }: IpSet): Attribute[] {
  const [first = '', last = ''] = range ?? []
  return [
    ...(range === undefined
      ? []
      : type === 'bitmap:port'
        ? ([
            [DATA.port | netOrder, number16(Number(first))],
            [DATA.portTo | netOrder, number16(Number(last))],
          ] as const)
        : ([
            [DATA.ip, address(first)],
            [DATA.ipTo, address(last)],
          ] as const)),
    ...(type === 'list:set' ? ([[DATA.size | netOrder, networkOrder(Math.max(8, members.length))]] as const) : []),
    ...(type.startsWith('hash:')
      ? ([[DATA.maxElements | netOrder, networkOrder(Math.max(maxelem, members.length))]] as const)
      : []),
    ...(netmask === undefined ? [] : ([[DATA.netmask, byte(netmask)]] as const)),
    ...(markmask === undefined ? [] : ([[DATA.markmask | netOrder, networkOrder(markmask)]] as const)),
    ...(counts ? ([[DATA.flags | netOrder, networkOrder(flag.counts)]] as const) : []),
  ]
}

/** Adds members, each with a line's number, which the kernel wants where there are several. */
export function addRequest({ name, family, type }: IpSet, members: readonly SetMember[]): NetlinkMessage {
  return {
    type: subsystem | command.add,
    flags: 0,
    header: header({ family, type }),
    attributes: [
      ...named(name),
      [CMD.line, 1],
      [CMD.members, members.map((member, index): Attribute => [CMD.data, [...memberOf(member), [DATA.line, index]]])],
    ],
    what: `ipset add ${name} (${type})`,
  }
}

/** Takes a set away that no rule and no other set speaks of. */
export const destroyRequest = ({ name }: Pick<IpSet, 'name'>): NetlinkMessage => ({
  type: subsystem | command.destroy,
  flags: 0,
  header: netfilterHeader(0),
  attributes: named(name),
  what: `ipset destroy ${name}`,
})

function memberOf({ parts, nomatch, counters }: SetMember): Attribute[] {
  let addresses = 0
  let flags = nomatch ? flag.nomatch : 0
  const attributes = parts.flatMap((part): Attribute[] => {
    if (isAddressPart(part)) {
      addresses += 1
      return addressOf(part, addresses === 1)
    }
    if (part.is === 'iface') flags |= (part.isBridged ? flag.isBridged : 0) | (part.isBeginning ? flag.isBeginning : 0)
    return otherOf(part)
  })
  return [
    ...attributes,
    ...(flags === 0 ? [] : ([[DATA.flags | netOrder, networkOrder(flags)]] as const)),
    ...(counters === undefined
      ? []
      : ([
          [DATA.packets | netOrder, number64(counters.packets)],
          [DATA.bytes | netOrder, number64(counters.bytes)],
        ] as const)),
  ]
}

const address = (text: string): Attribute[] => [
  [(text.includes(':') ? IPADDR.ipv6 : IPADDR.ipv4) | netOrder, addressBytes(text)],
]

function addressOf({ address: first, last, prefix }: AddressPart, isFirst: boolean): Attribute[] {
  return [
    [isFirst ? DATA.ip : DATA.ip2, address(first)],
    ...(last === undefined ? [] : ([[isFirst ? DATA.ipTo : DATA.ip2To, address(last)]] as const)),
    ...(prefix === undefined ? [] : ([[isFirst ? DATA.cidr : DATA.cidr2, byte(prefix)]] as const)),
  ]
}

function otherOf(part: Exclude<SetMemberPart, AddressPart>): Attribute[] {
  switch (part.is) {
    case 'port':
      return [
        [DATA.port | netOrder, number16(part.port)],
        ...(part.last === undefined ? [] : ([[DATA.portTo | netOrder, number16(part.last)]] as const)),
        ...(part.protocol === 0 ? [] : ([[DATA.protocol, byte(part.protocol)]] as const)),
      ]
    case 'iface':
      return [[DATA.iface, part.name]]
    case 'mark':
      return [[DATA.mark | netOrder, networkOrder(part.mark)]]
    case 'mac':
      return [[DATA.mac, macBytes(part.mac)]]
    case 'set':
      return [[DATA.name, part.name]]
  }
}
