import { addressBytes, addressFromBytes, familyOf, networkOf } from '../../core/address.ts'
import { type Attribute, decodeAttributes, encodeAttributes, NLM_F, type NetlinkMessage } from './netlink.ts'
import { AF } from './sockaddr.ts'

/**
 * Requests of rtnetlink(7): links, addresses, routes and neighbours. Each is one NetlinkMessage, to be carried out in
 * the namespace it is for.
 */

const RTM = {
  newLink: 16,
  newAddress: 20,
  newRoute: 24,
  deleteRoute: 25,
  newNeighbour: 28,
  newRule: 32,
  deleteRule: 33,
} as const
const IFLA = { address: 1, interfaceName: 3, master: 10, linkInfo: 18, namespaceFd: 28 } as const
const IFLA_INFO = { kind: 1, data: 2 } as const
const VETH_INFO_PEER = 1
const IFA = { address: 1, local: 2, flags: 8 } as const
const IFA_F = { noDad: 0x02, noPrefixRoute: 0x200 } as const
const RTA = { destination: 1, outInterface: 4, gateway: 5, table: 15 } as const
/** Attributes of a routing rule (linux/fib_rules.h). */
const FRA = { inInterface: 3, priority: 6, mark: 10, table: 15, maskOfMark: 16 } as const
const FR_ACT_TO_TBL = 1
const RT_TABLE = { unspecified: 0, main: 254, local: 255 } as const
const RTN = { unicast: 1, local: 2 } as const
const RTNH_F_ONLINK = 4
const NDA = { destination: 1, linkLayerAddress: 2 } as const
const NUD_PERMANENT = 0x80
const IFF_UP = 1

const create = NLM_F.create | NLM_F.exclusive

function linkHeader(index = 0, flags = 0, change = 0): Buffer {
  const header = Buffer.alloc(16)
  header.writeInt32LE(index, 4)
  header.writeUInt32LE(flags, 8)
  header.writeUInt32LE(change, 12)
  return header
}

/** The bytes of a link-layer address such as `02:00:00:00:00:01`. */
export const macBytes = (mac: string): Uint8Array =>
  Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16))

interface LinkEnd {
  name: string
  mac: string
  /** The index that the link gets, so that nobody need ask for it. */
  index: number
}

/** A veth pair: this end in the calling namespace, the other one in the namespace that the descriptor is of. */
export function newVeth(here: LinkEnd, there: LinkEnd & { namespaceFd: number }): NetlinkMessage {
  const peerAttributes: Attribute[] = [
    [IFLA.interfaceName, there.name],
    [IFLA.address, macBytes(there.mac)],
    [IFLA.namespaceFd, there.namespaceFd],
  ]
  const peer = Buffer.concat([linkHeader(there.index), encodeAttributes(peerAttributes)])
  return {
    type: RTM.newLink,
    flags: create,
    header: linkHeader(here.index),
    attributes: [
      [IFLA.interfaceName, here.name],
      [IFLA.address, macBytes(here.mac)],
      [
        IFLA.linkInfo,
        [
          [IFLA_INFO.kind, 'veth'],
          [IFLA_INFO.data, [[VETH_INFO_PEER, peer]]],
        ],
      ],
    ],
    what: `link add ${here.name} type veth peer ${there.name}`,
  }
}

export function newBridge(name: string, index: number): NetlinkMessage {
  const attributes: Attribute[] = [
    [IFLA.interfaceName, name],
    [IFLA.linkInfo, [[IFLA_INFO.kind, 'bridge']]],
  ]
  return {
    type: RTM.newLink,
    flags: create,
    header: linkHeader(index),
    attributes,
    what: `link add ${name} type bridge`,
  }
}

/** Brings a link up, and puts it under a bridge if one is given. */
export function setLinkUp(index: number, master?: number): NetlinkMessage {
  return {
    type: RTM.newLink,
    flags: 0,
    header: linkHeader(index, IFF_UP, IFF_UP),
    attributes: master === undefined ? [] : [[IFLA.master, master]],
    what: `link set ${index} up`,
  }
}

const IFLA_OPERSTATE = 16
const IF_OPER_UP = 6

/** The multicast group that tells of links (RTMGRP_LINK). */
export const linkGroup = 1

/**
 * Whether a message of `linkGroup` says that a link carries packets. An end of a veth pair that was brought up before
 * the other one drops packets until the kernel's link watch has activated it (net/core/link_watch.c), some time later.
 */
export function isLinkUp(body: Buffer, index: number): boolean {
  return (
    body.readInt32LE(4) === index &&
    decodeAttributes(body.subarray(16)).get(IFLA_OPERSTATE)?.readUInt8(0) === IF_OPER_UP
  )
}

/** The multicast group that tells of IPv6 routes (RTMGRP_IPV6_ROUTE). */
export const ipv6RouteGroup = 0x400

/**
 * The IPv6 address that a message of `ipv6RouteGroup` makes the namespace's own, if it does. The kernel does that some
 * time after it has said yes to an address, from a work queue (addrconf_dad_start in net/ipv6/addrconf.c); until then
 * what comes for it is dropped.
 */
export function ownAddressIn(body: Buffer): string | undefined {
  const destination = decodeAttributes(body.subarray(12)).get(RTA.destination)
  const isOwn =
    body.readUInt8(0) === AF.inet6 && body.readUInt8(4) === RT_TABLE.local && body.readUInt8(7) === RTN.local
  return isOwn && destination?.length === 16 ? addressFromBytes(destination) : undefined
}

/**
 * An address, without duplicate address detection (which takes 1.7 s), and without a route for its prefix.
 * @param withPrefix such as `10.244.0.5/24`.
 */
export function newAddress(index: number, withPrefix: string): NetlinkMessage {
  const { family, bytes, prefix } = parsePrefix(withPrefix)
  const header = Buffer.alloc(8)
  header.writeUInt8(family, 0)
  header.writeUInt8(prefix, 1)
  header.writeInt32LE(index, 4)
  const attributes: Attribute[] = [
    [IFA.local, bytes],
    [IFA.address, bytes],
    [IFA.flags, IFA_F.noDad | IFA_F.noPrefixRoute],
  ]
  return { type: RTM.newAddress, flags: create, header, attributes, what: `addr add ${withPrefix}` }
}

const RTPROT_BOOT = 3
const RT_SCOPE = { universe: 0, link: 253, host: 254 } as const

/** A route to a prefix by a link, through a gateway if one is given (which need not be on the link's own prefix). */
export function newRoute(to: string, index: number, gateway?: string): NetlinkMessage {
  return route(to, index, {
    type: RTN.unicast,
    table: RT_TABLE.main,
    scope: gateway === undefined ? RT_SCOPE.link : RT_SCOPE.universe,
    gateway,
  })
}

/**
 * Makes every address of a prefix the host's own (AnyIP). IPv4 has it in table local; IPv6 in table main, since in
 * table local it would catch the host's answers too.
 */
export function newLocalRoute(to: string, loopbackIndex: number): NetlinkMessage {
  const table = to.includes(':') ? RT_TABLE.main : RT_TABLE.local
  return route(to, loopbackIndex, { type: RTN.local, table, scope: RT_SCOPE.host, gateway: undefined })
}

function route(
  to: string,
  index: number,
  { type, table, scope, gateway }: { type: number; table: number; scope: number; gateway: string | undefined },
): NetlinkMessage {
  const { family, bytes, prefix } = parsePrefix(to)
  const header = Buffer.alloc(12)
  header.writeUInt8(family, 0)
  header.writeUInt8(prefix, 1)
  header.writeUInt8(table > 255 ? RT_TABLE.unspecified : table, 4)
  header.writeUInt8(RTPROT_BOOT, 5)
  header.writeUInt8(scope, 6)
  header.writeUInt8(type, 7)
  header.writeUInt32LE(gateway === undefined ? 0 : RTNH_F_ONLINK, 8)
  const attributes: Attribute[] = [
    ...(prefix === 0 ? [] : ([[RTA.destination, bytes]] as const)),
    [RTA.outInterface, index],
    [RTA.table, table],
    ...(gateway === undefined ? [] : ([[RTA.gateway, addressBytes(gateway)]] as const)),
  ]
  return {
    type: RTM.newRoute,
    flags: create,
    header,
    attributes,
    what: `route add ${to}${gateway === undefined ? '' : ` via ${gateway}`}`,
  }
}

/** A route in a table of its own (ip-route(8)). */
interface TableRouteSpec {
  destination: string
  type: keyof typeof RTN
  table: number
  via?: string
}

/** A rule of ip-rule(8). */
interface RoutingRuleSpec {
  family: 'ipv4' | 'ipv6'
  priority?: number
  fwmark?: number
  mask?: number
  iif?: string
  table: number
}

/** A route of a table of its own, as `ip route add` makes it. @param index of its device. */
export function newTableRoute({ destination, type, table, via }: TableRouteSpec, index: number): NetlinkMessage {
  const scope = type === 'local' ? RT_SCOPE.host : via === undefined ? RT_SCOPE.link : RT_SCOPE.universe
  const message = route(networkOf(destination), index, { type: RTN[type], table, scope, gateway: via })
  return { ...message, what: `${message.what} table ${table}` }
}

/** A rule that has packets routed by a table, as `ip rule add` makes it. */
export function newRoutingRule({ family, priority, fwmark, mask, iif, table }: RoutingRuleSpec): NetlinkMessage {
  const header = Buffer.alloc(12)
  header.writeUInt8(family === 'ipv4' ? AF.inet : AF.inet6, 0)
  header.writeUInt8(table > 255 ? RT_TABLE.unspecified : table, 4)
  header.writeUInt8(FR_ACT_TO_TBL, 7)
  const attributes: Attribute[] = [
    [FRA.table, table],
    ...(priority === undefined ? [] : ([[FRA.priority, priority]] as const)),
    ...(fwmark === undefined ? [] : ([[FRA.mark, fwmark]] as const)),
    ...(mask === undefined ? [] : ([[FRA.maskOfMark, mask]] as const)),
    ...(iif === undefined ? [] : ([[FRA.inInterface, iif]] as const)),
  ]
  const asks = [
    fwmark === undefined ? '' : ` fwmark ${fwmark}${mask === undefined ? '' : `/${mask}`}`,
    iif === undefined ? '' : ` iif ${iif}`,
  ]
  return { type: RTM.newRule, flags: create, header, attributes, what: `rule add${asks.join('')} lookup ${table}` }
}

/** What takes away again what a request for a route or a rule has added. */
export function withdrawn({ type, header, attributes, what }: NetlinkMessage): NetlinkMessage {
  return {
    type: type === RTM.newRoute ? RTM.deleteRoute : RTM.deleteRule,
    flags: 0,
    header,
    attributes,
    what: what.replace(' add', ' del'),
  }
}

/** A neighbour that need not be asked for: no first packet ever waits for ARP or neighbour discovery. */
export function newNeighbour(address: string, mac: string, index: number): NetlinkMessage {
  const header = Buffer.alloc(12)
  header.writeUInt8(familyOf(address) === 'ipv4' ? AF.inet : AF.inet6, 0)
  header.writeInt32LE(index, 4)
  header.writeUInt16LE(NUD_PERMANENT, 8)
  const attributes: Attribute[] = [
    [NDA.destination, addressBytes(address)],
    [NDA.linkLayerAddress, macBytes(mac)],
  ]
  return {
    type: RTM.newNeighbour,
    flags: NLM_F.create | NLM_F.replace,
    header,
    attributes,
    what: `neigh add ${address}`,
  }
}

function parsePrefix(text: string): { family: number; bytes: Uint8Array; prefix: number } {
  const [address = '', length] = text.split('/')
  const bytes = addressBytes(address)
  return {
    family: bytes.length === 4 ? AF.inet : AF.inet6,
    bytes,
    prefix: length === undefined ? bytes.length * 8 : Number(length),
  }
}
