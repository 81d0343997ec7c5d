import { wholeNumber } from './c-numbers.ts'
import { isService, isServiceName, serviceNumber } from './extensions/kinds.ts'
import type { ConnectionState, Question, Range } from './tree.ts'
import { type Word, wrongWord } from './words.ts'

/** A question whose value is a name that only the machine could look up. */
export const named = ({ text }: Word): Question => ({ kind: 'unknown', values: [text] })

/** @throws HarnessError (`input`) unless the word is a number in this range. */
export function readNumber(word: Word, what: string, last: number, first = 0): number {
  const number = wholeNumber(word.text, last, first)
  if (number === undefined) throw wrongWord(word, `'${word.text}' is no ${what}; it is a number from ${first} to ${last}`)
  return Number(number)
}

/** A part of a word, in its own place. */
export function part({ line, column, columnAt, text: whole }: Word, text: string): Word {
  const index = Math.max(0, whole.indexOf(text))
  if (columnAt === undefined) return { text, line, column: column + index }
  return { text, line, column: columnAt(index), columnAt: (inner) => columnAt(index + inner) }
}

function readPort(word: Word, text: string): number {
  const port = wholeNumber(text, 65535)
  if (port === undefined) throw wrongWord(part(word, text), `'${text}' is no port; ports are numbers up to 65535`)
  return Number(port)
}

/**
 * `80`, `80:90`; with another separator as in `80-90`.
 * @param open whether an end may be left out, as in `80:`.
 */
export function readPorts(word: Word, text: string, separator: ':' | '-', open = false): Range {
  const [from = '', to, ...rest] = text.split(separator)
  if (text === '' || rest.length > 0) throw wrongWord(word, `'${text}' is no port and no range of ports`)
  const first = open && from === '' && to !== undefined ? 0 : readPort(word, from)
  const last = to === undefined ? first : open && to === '' ? 65535 : readPort(word, to)
  if (last < first) throw wrongWord(part(word, text), `the range '${text}' ends before it begins`)
  return { first, last }
}

type Side = 'source' | 'destination' | 'either'

/** One port or a range of them for `-m tcp` (parse_tcp_ports in extensions/libxt_tcp.c). */
export const tcpPorts =
  (side: Side) =>
  (word: Word): Question =>
    word.text.split(':', 3).length < 3 && word.text.split(':').some(isServiceName)
      ? named(word)
      : { kind: 'ports', side, ranges: [readPorts(word, word.text, ':', true)] }

/** The same for `-m udp`, where getaddrinfo(3) reads them: decimal always, cut down to 16 bits, in any order (xtopt_parse_mport). */
export const udpPorts =
  (side: Side) =>
  (word: Word): Question => {
    const parts = word.text.split(':')
    if (parts.length > 2) throw wrongWord(word, `'${word.text}' is no port and no range of ports`)
    const strange = parts.find((one) => one !== '' && !isService(one))
    if (strange !== undefined) throw wrongWord(part(word, strange), `'${strange}' is no port; ports are numbers up to 65535`)
    if (parts.some(isServiceName)) return named(word)
    const [first = 0, last = first] = parts.map((one, index) => (one === '' ? (index === 0 ? 0 : 65535) : (serviceNumber(one) ?? 0)))
    return { kind: 'ports', side, ranges: [{ first, last }] }
  }

/** Up to 15 of them for `-m multiport`, where a range counts twice (XT_MULTI_PORTS). */
export const multiports =
  (side: Side) =>
  (word: Word): Question => {
    const entries = word.text.split(',')
    const ranges = entries.flatMap((entry) => (entry.split(':').some(isServiceName) ? [] : [readPorts(word, entry, ':')]))
    if (ranges.some(({ first, last }, index) => first === last && entries[index]?.includes(':')) && ranges.length === entries.length)
      throw wrongWord(word, `a range of one port in '${word.text}' is not accepted by multiport`)
    const slots = entries.reduce((sum, entry) => sum + (entry.includes(':') ? 2 : 1), 0)
    if (slots > 15) throw wrongWord(word, `multiport holds 15 ports, a range counting as two, and this list takes ${slots}`)
    return ranges.length < entries.length ? named(word) : { kind: 'ports', side, ranges }
  }

const flagBits = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const

export function readFlags(word: Word): number {
  return word.text
    .split(',')
    .filter((name) => name !== '')
    .reduce((bits, name) => {
      const upper = name.toUpperCase()
      if (upper === 'ALL') return 0x3f
      if (upper === 'NONE') return bits
      const bit = (flagBits as readonly string[]).indexOf(upper)
      if (bit < 0) throw wrongWord(part(word, name), `'${name}' is no TCP flag; they are ${flagBits.join(', ')}, ALL and NONE`)
      return bits | (1 << bit)
    }, 0)
}

export function formatFlags(bits: number): string {
  return bits === 0 ? 'NONE' : flagBits.filter((_, bit) => bits & (1 << bit)).join(',')
}

const largestId = 4294967294

/** UIDs and GIDs, one or a range, or a name (owner_parse_range in extensions/libxt_owner.c). */
export function owner(of: 'uid' | 'gid'): (word: Word) => Question {
  return (word) => {
    if (/^[A-Za-z_][\w.@-]*\$?$/.test(word.text)) return { kind: 'owner-name', of, name: word.text }
    const [from = '', to = from, ...rest] = word.text.split(/[-:]/)
    if (rest.length > 0) throw wrongWord(word, `'${word.text}' is no ${of} and no range of them`)
    const [first, last] = [from, to].map((text) => readNumber(part(word, text), of, largestId)) as [number, number]
    if (last < first) throw wrongWord(word, `the range '${word.text}' ends before it begins`)
    return { kind: 'owner', of, range: { first, last } }
  }
}

/** Each entry is the beginning of a name, of the first one in this order that begins so (strncasecmp(3)). */
function readBeginnings<Name extends string>(word: Word, names: readonly Name[], what: string): Name[] {
  return word.text.split(',').map((entry) => {
    const found = entry === '' ? undefined : names.find((name) => name.startsWith(entry.toUpperCase()))
    if (found === undefined) throw wrongWord(part(word, entry), `'${entry}' is no ${what}; they are ${names.join(', ')}`)
    return found
  })
}

/** In the order in which iptables-save prints them, and in the one in which iptables looks for them. */
const stateOrder: readonly ConnectionState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']
const lookedFor: readonly ConnectionState[] = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED', 'SNAT', 'DNAT']

/** @param known those that the module has: `-m state` has no SNAT and DNAT. */
export const states =
  (known: number) =>
  (word: Word): Question => {
    const given = readBeginnings(word, lookedFor.slice(0, known), 'connection state')
    return { kind: 'states', states: stateOrder.filter((state) => given.includes(state)) }
  }

const addressTypes = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
] as const

export function addressType(side: 'source' | 'destination'): (word: Word) => Question {
  return (word) => {
    const given = readBeginnings(word, addressTypes, 'address type')
    return { kind: 'address-type', side, types: addressTypes.filter((type) => given.includes(type)) }
  }
}

/** `VALUE` or `VALUE/MASK`. */
export function readMark(word: Word): { value: number; mask: number } {
  const [value = '', mask = '0xffffffff', ...rest] = word.text.split('/')
  if (rest.length > 0) throw wrongWord(word, `'${word.text}' is no mark; write VALUE or VALUE/MASK`)
  return { value: readNumber(part(word, value), 'mark', 0xffffffff), mask: readNumber(part(word, mask), 'mask', 0xffffffff) }
}

export const hex = (number: number): string => `0x${(number >>> 0).toString(16)}`
