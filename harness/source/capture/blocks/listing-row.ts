import { familyOf } from '../../../core/address.ts'
import type { Found } from '../found.ts'
import { type Line, placeIn } from '../text/line.ts'
import { readDetails } from './details.ts'

/** The columns of `iptables -L`, which its options choose (print_header in iptables/xshared.c). */
export interface Columns {
  numbers: boolean
  counters: boolean
  interfaces: boolean
}

/** What a row says, in its columns. */
export interface Row {
  counters: string
  jump: string
  protocol: string
  option: string
  interfaces: readonly [into: string, out: string]
  /** Behind the interfaces. */
  rest: string
}

const heading = /^(num\s+)?(?:(pkts)\s+bytes\s+)?target\s+prot\s+opt\s+(?:(in)\s+out\s+)?source\s+destination/

/** @returns undefined if the line is no listing's heading. */
export function columnsOf(text: string): Columns | undefined {
  const [found, num, pkts, interfaces] = heading.exec(text) ?? []
  return found === undefined
    ? undefined
    : { numbers: num !== undefined, counters: pkts !== undefined, interfaces: interfaces !== undefined }
}

const protocolWord =
  /^!?(?:all|ip|tcp|udp|udplite|icmp|icmpv6|ipv6-icmp|sctp|dccp|esp|ah|gre|ipip|ipv6|igmp|vrrp|hopopt|\d{1,3})$/
const optionWord = /^(?:--|-f|!f|----)$/

/** @returns undefined if it is no row of a listing. */
export function rowOf(text: string, { numbers, counters, interfaces }: Columns): Row | undefined {
  let rest = text.trim()
  const next = (): string => {
    const [word = ''] = rest.split(/\s+/, 1)
    rest = rest.slice(word.length).trimStart()
    return word
  }
  if (numbers && !/^\d+$/.test(next())) return undefined
  const counted = counters ? [next(), next()] : []
  if (!counted.every((word) => /^\d+[KMGTP]?$/.test(word))) return undefined
  const [first = '', second = ''] = rest.split(/\s+/, 2)
  const jump = protocolWord.test(second) ? next() : protocolWord.test(first) ? '' : undefined
  if (jump === undefined) return undefined
  const protocol = next()
  // ip6tables has nothing to say there, and leaves it out.
  const option = optionWord.test(rest.split(/\s+/, 1)[0] ?? '') ? next() : ''
  const own: readonly [string, string] = interfaces ? [next(), next()] : ['*', '*']
  const isExact = counted.every((word) => /^\d+$/.test(word))
  return {
    counters: counted.length === 2 && isExact ? `[${counted.join(':')}] ` : '',
    jump,
    protocol,
    option,
    interfaces: own,
    rest,
  }
}

/** A row as iptables-save would have it, and which options of it the listing does not say. */
export function ruleOf(
  { counters, jump, protocol, option, interfaces, rest }: Row,
  chain: string,
  columns: Columns,
  line: Line,
  found: Found,
): { text: string; unknown: string[] } {
  const unknown: string[] = columns.interfaces ? [] : interfacesIn(chain)
  const words: string[] = []
  const [source, destination, details] = addressesOf(rest, line, found)
  for (const [flag, written] of [
    ['-s', source],
    ['-d', destination],
  ] as const) {
    const negated = written.startsWith('!')
    const address = negated ? written.slice(1) : written
    if (/^(?:anywhere|default|0\.0\.0\.0\/0|::\/0)$/.test(address)) continue
    if (familyOf(address.split('/')[0] ?? '') === undefined) unknown.push(`${flag} ${written}`)
    else words.push(...(negated ? ['!'] : []), flag, address)
  }
  for (const [flag, written] of [
    ['-i', interfaces[0]],
    ['-o', interfaces[1]],
  ] as const) {
    if (written === '*' || written === 'any') continue
    words.push(...(written.startsWith('!') ? ['!', flag, written.slice(1)] : [flag, written]))
  }
  const bare = protocol.replace(/^!/, '')
  if (!/^(?:all|ip|0)$/.test(bare)) words.push(...(protocol.startsWith('!') ? ['!'] : []), '-p', bare)
  if (option === '-f') words.push('-f')
  if (option === '!f') words.push('!', '-f')
  const names: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmp6', '132': 'sctp' }
  const { matches, target, isGoto, unknown: others } = readDetails(details, jump, names[bare] ?? bare)
  unknown.push(...others)
  const onward = jump === '' ? [] : [isGoto ? '-g' : '-j', jump, ...target]
  return { text: `${counters}-A ${chain} ${[...words, ...matches, ...onward].join(' ')}`.trimEnd(), unknown }
}

/** Which interfaces a rule can ask for, by where it stands (check_chain_flags in iptables/xshared.c). */
function interfacesIn(chain: string): string[] {
  if (chain === 'PREROUTING' || chain === 'INPUT') return ['-i']
  return chain === 'OUTPUT' || chain === 'POSTROUTING' ? ['-o'] : ['-i', '-o']
}

/** A row has two addresses; a name has a letter in front, and a detail never looks like an address. */
function addressesOf(rest: string, line: Line, found: Found): readonly [string, string, string] {
  const [, first = '', second = '', details = ''] = /^(\S+)(?:\s+(\S+)(?:\s+(.*))?)?$/.exec(rest) ?? []
  if (second !== '' && !isDetail(second)) return [first, second, details]
  found.damages.push({
    ...placeIn(line, 1),
    what: 'the row has one address, and should have a source and a destination',
    assumed: `the source is missing, and is read as anywhere`,
  })
  return ['anywhere', first === '' ? 'anywhere' : first, `${second} ${details}`.trim()]
}

const isDetail = (word: string): boolean =>
  /^(?:tcp|udp|owner|multiport|mark|ctstate|state|\/\*|ADDRTYPE|redir|to:|!)$/.test(word) ||
  /^(?:to:|dpt|spt)/.test(word)
