import { familyOf } from '../../../core/address.ts'
import { inputError } from '../../../core/errors.ts'
import { place } from '../../../iptables/expand.ts'
import type { Above, Found } from '../found.ts'
import { type Line, placeIn } from '../text/line.ts'
import { toldBy } from '../units.ts'
import { readDetails } from './details.ts'
import { tableOf } from './tables.ts'

interface ListedChain {
  name: string
  policy?: string
  line: Line
  rows: Line[]
}

/** The columns of `iptables -L`, which its options choose (print_header in iptables/xshared.c). */
interface Columns {
  numbers: boolean
  counters: boolean
  interfaces: boolean
}

const heading = /^(num\s+)?(?:(pkts)\s+bytes\s+)?target\s+prot\s+opt\s+(?:(in)\s+out\s+)?source\s+destination/

/** What `iptables -L` prints of one table, which is not all that a rule says. */
export class ListingBlock {
  readonly above: Above
  readonly first: number
  readonly chains: ListedChain[] = []
  columns: Columns | undefined

  constructor(above: Above, first: number) {
    this.above = above
    this.first = first
  }

  /** Whether this chain's head begins another listing. */
  startsAnew({ text }: Line): boolean {
    return this.chains.some(({ name }) => name === nameOf(text))
  }

  head(line: Line): void {
    const [, policy] = /\(policy ([A-Z]+)/.exec(line.text) ?? []
    this.chains.push({ name: nameOf(line.text), line, rows: [], ...(policy && { policy }) })
  }

  blank(): void {}

  /** Whether it is a line of the listing. */
  takes({ text }: Line): boolean {
    if (heading.test(text)) return true
    if (this.columns === undefined) return false
    return rowOf(text, this.columns) !== undefined
  }

  row(line: Line): void {
    const [found, num, pkts, interfaces] = heading.exec(line.text) ?? []
    if (found === undefined) this.chains.at(-1)?.rows.push(line)
    else this.columns = { numbers: num !== undefined, counters: pkts !== undefined, interfaces: interfaces !== undefined }
  }
}

const nameOf = (text: string): string => /^Chain (\S+)/.exec(text)?.[1] ?? ''

interface Row {
  counters: string
  jump: string
  protocol: string
  option: string
  interfaces: readonly [into: string, out: string]
  /** Behind the interfaces. */
  rest: string
}

const protocolWord = /^!?(?:all|ip|tcp|udp|udplite|icmp|icmpv6|ipv6-icmp|sctp|dccp|esp|ah|gre|ipip|ipv6|igmp|vrrp|hopopt|\d{1,3})$/
const optionWord = /^(?:--|-f|!f|----)$/

function rowOf(text: string, { numbers, counters, interfaces }: Columns): Row | undefined {
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
  return { counters: counted.length === 2 && isExact ? `[${counted.join(':')}] ` : '', jump, protocol, option, interfaces: own, rest }
}

/** Makes a part of a payload of a listing. @throws HarnessError (`input`) where nothing tells the table, or a row cannot be read. */
export function closeListing(block: ListingBlock, found: Found): void {
  const { above, chains, columns } = block
  if (columns === undefined) return
  const rows = chains.flatMap((chain) => chain.rows.map((line) => ({ chain, line, row: rowOf(line.text, columns) as Row })))
  const policies = chains.flatMap(({ name, policy }) => (policy === undefined ? [] : [name]))
  const inferred =
    above.table === undefined
      ? tableOf(
          policies,
          rows.map(({ row }) => row.jump),
          chains.map(({ name }) => name),
        )
      : undefined
  const table = above.table ?? inferred?.table
  if (table === undefined)
    throw inputError(
      place(block.first),
      'nothing tells which table this listing is of',
      "write the command above it, such as '$ iptables -t nat -L -n -v'",
    )
  if (inferred !== undefined)
    found.notes.push(`assumed: the listing from line ${block.first} on is of table ${table}, since ${inferred.why}`)
  const unknown = new Map<Line, string[]>()
  const lines: Line[] = [{ text: `*${table}`, number: block.first, shifts: [] }]
  for (const { name, policy, line } of chains) lines.push(placedAt(`:${name} ${policy ?? '-'} [0:0]`, line))
  for (const { chain, line, row } of rows) {
    const made = ruleOf(row, chain.name, columns, line, found)
    const rule = placedAt(made.text, line)
    lines.push(rule)
    if (made.unknown.length > 0) unknown.set(rule, made.unknown)
  }
  const last = rows.at(-1)?.line ?? chains.at(-1)?.line
  lines.push({ text: 'COMMIT', number: last?.number ?? block.first, shifts: [] })
  const { family, backend } = above
  found.units.push({
    table,
    lines,
    first: block.first,
    last: last?.number ?? block.first,
    ...(family === undefined ? toldBy(lines, table, false) : { told: [family], toldAt: above.at }),
    isSnapshot: policies.length > 1 || above.isEcho,
    ...(backend && { backend }),
    unknown,
  })
}

/** Every character of what is made of a row stands where the row begins. */
function placedAt(text: string, line: Line): Line {
  return { text, number: line.number, shifts: [], columns: Array.from({ length: text.length }, () => placeIn(line, 1).column) }
}

function ruleOf(
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
  /^(?:tcp|udp|owner|multiport|mark|ctstate|state|\/\*|ADDRTYPE|redir|to:|!)$/.test(word) || /^(?:to:|dpt|spt)/.test(word)
