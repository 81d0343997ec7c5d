import type { Family } from '../../core/address.ts'
import { wholeNumber } from './c-numbers.ts'
import { type Word, wrongWord } from './payload-words.ts'

/** `isRange`: of codes, which is kept as iptables-save prints it. */
export interface IcmpType {
  type: number | 'any'
  code?: number
  isRange?: true
}

type Type = readonly [type: number, code?: number]

/**
 * By the names of iptables-extensions(8), and their numbers (extensions/libxt_icmp.h); without a code it is every code.
 */
const ipv4: Readonly<Record<string, Type>> = {
  any: [255],
  'echo-reply': [0],
  pong: [0],
  'destination-unreachable': [3],
  'network-unreachable': [3, 0],
  'host-unreachable': [3, 1],
  'protocol-unreachable': [3, 2],
  'port-unreachable': [3, 3],
  'fragmentation-needed': [3, 4],
  'source-route-failed': [3, 5],
  'network-unknown': [3, 6],
  'host-unknown': [3, 7],
  'network-prohibited': [3, 9],
  'host-prohibited': [3, 10],
  'TOS-network-unreachable': [3, 11],
  'TOS-host-unreachable': [3, 12],
  'communication-prohibited': [3, 13],
  'host-precedence-violation': [3, 14],
  'precedence-cutoff': [3, 15],
  'source-quench': [4],
  redirect: [5],
  'network-redirect': [5, 0],
  'host-redirect': [5, 1],
  'TOS-network-redirect': [5, 2],
  'TOS-host-redirect': [5, 3],
  'echo-request': [8],
  ping: [8],
  'router-advertisement': [9],
  'router-solicitation': [10],
  'time-exceeded': [11],
  'ttl-exceeded': [11],
  'ttl-zero-during-transit': [11, 0],
  'ttl-zero-during-reassembly': [11, 1],
  'parameter-problem': [12],
  'ip-header-bad': [12, 0],
  'required-option-missing': [12, 1],
  'timestamp-request': [13],
  'timestamp-reply': [14],
  'address-mask-request': [17],
  'address-mask-reply': [18],
}

const ipv6: Readonly<Record<string, Type>> = {
  'destination-unreachable': [1],
  'no-route': [1, 0],
  'communication-prohibited': [1, 1],
  'beyond-scope': [1, 2],
  'address-unreachable': [1, 3],
  'port-unreachable': [1, 4],
  'failed-policy': [1, 5],
  'reject-route': [1, 6],
  'packet-too-big': [2],
  'time-exceeded': [3],
  'ttl-exceeded': [3],
  'ttl-zero-during-transit': [3, 0],
  'ttl-zero-during-reassembly': [3, 1],
  'parameter-problem': [4],
  'bad-header': [4, 0],
  'unknown-header-type': [4, 1],
  'unknown-option': [4, 2],
  'echo-request': [128],
  ping: [128],
  'echo-reply': [129],
  pong: [129],
  'router-solicitation': [133],
  'router-advertisement': [134],
  'neighbour-solicitation': [135],
  'neighbor-solicitation': [135],
  'neighbour-advertisement': [136],
  'neighbor-advertisement': [136],
  redirect: [137],
}

const byName = { ipv4, ipv6 }
const names = { ipv4: 'ICMP', ipv6: 'ICMPv6' }

/**
 * TYPE, TYPE/CODE, or a name, of which any beginning will do that no other one has, whatever its case (__parse_icmp in
 * extensions/libxt_icmp.h). A range of codes is kept as iptables-save prints it, which is not what it means.
 */
export function icmpType({ text, ...place }: Word, family: Family): IcmpType {
  const lower = text.toLowerCase()
  const [type, second] = Object.entries(byName[family])
    .filter(([name]) => name.toLowerCase().startsWith(lower))
    .map(([, type]) => type)
  if (second !== undefined) throw wrongWord(place, `'${text}' may be more than one ${names[family]} type`)
  if (type !== undefined) return known(family, type)
  const [, first = '', firstCode, lastCode] = /^([^/:]*)(?:\/([^/:]*)(?::([^/:]*))?)?$/.exec(text) ?? []
  const [number, from, to] = [first, firstCode, lastCode].map((part) =>
    part === undefined ? undefined : wholeNumber(part, 255),
  )
  if (
    number === undefined ||
    (firstCode !== undefined && from === undefined) ||
    (lastCode !== undefined && to === undefined)
  )
    throw wrongWord(place, `'${text}' is no ${names[family]} type; write TYPE, TYPE/CODE or its name`)
  if (to !== undefined && to !== from) return { type: Number(number), code: Number(from), isRange: true }
  return known(family, from === undefined ? [Number(number)] : [Number(number), Number(from)])
}

const known = (family: Family, [type, code]: Type): IcmpType =>
  family === 'ipv4' && type === 255 ? { type: 'any' } : { type, ...(code !== undefined && { code }) }
