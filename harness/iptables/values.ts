import type { Family } from '../core/address.ts'
import type { ConnectionState, Question, Range } from './tree.ts'
import { type Word, wrongWord } from './words.ts'

/** A question whose value is a name that only the machine could look up. */
export const named = ({ text }: Word): Question => ({ kind: 'unknown', values: [text] })
export const isName = (text: string): boolean => /^[A-Za-z]/.test(text)

/** @throws HarnessError (`input`) unless the word is a number in this range. */
export function readNumber(word: Word, what: string, last: number, first = 0): number {
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(word.text) ? Number(word.text) : Number.NaN
  if (!(number >= first && number <= last)) throw wrongWord(word, `'${word.text}' is no ${what}; it is a number from ${first} to ${last}`)
  return number
}

/** A part of a word, in its own place. */
export const part = (word: Word, text: string): Word => ({ ...word, text, column: word.column + Math.max(0, word.text.indexOf(text)) })

function readPort(word: Word, text: string, fallback: number): number {
  if (text === '') return fallback
  if (!/^\d+$/.test(text) || Number(text) > 65535) throw wrongWord(part(word, text), `'${text}' is no port; ports are numbers up to 65535`)
  return Number(text)
}

/** `80`, `80:90`, `:90`, `80:`; with another separator as in `80-90`. */
export function readPorts(word: Word, text: string, separator: ':' | '-'): Range {
  const [from = '', to, ...rest] = text.split(separator)
  if (text === '' || rest.length > 0) throw wrongWord(word, `'${text}' is no port and no range of ports`)
  const first = readPort(word, from, 0)
  const last = to === undefined ? first : readPort(word, to, 65535)
  if (last < first) throw wrongWord(part(word, text), `the range '${text}' ends before it begins`)
  return { first, last }
}

/** One range for `--dport`, up to 15 for `--dports`, where a range counts twice (xt_multiport, XT_MULTI_PORTS). */
export function ports(side: 'source' | 'destination' | 'either', many: boolean): (word: Word) => Question {
  return (word) => {
    const entries = many ? word.text.split(',') : [word.text]
    if (entries.some(isName)) return named(word)
    const ranges = entries.map((entry) => readPorts(word, entry, ':'))
    if (many && ranges.some(({ first, last }, index) => first === last && entries[index]?.includes(':')))
      throw wrongWord(word, `a range of one port in '${word.text}' is not accepted by multiport`)
    const slots = ranges.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0)
    if (many && slots > 15) throw wrongWord(word, `multiport holds 15 ports, a range counting as two, and this list takes ${slots}`)
    return { kind: 'ports', side, ranges }
  }
}

const flagBits = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const

export function readFlags(word: Word): number {
  if (word.text === 'ALL') return 0x3f
  if (word.text === 'NONE') return 0
  return word.text.split(',').reduce((bits, name) => {
    const bit = (flagBits as readonly string[]).indexOf(name)
    if (bit < 0) throw wrongWord(part(word, name), `'${name}' is no TCP flag; they are ${flagBits.join(', ')}, ALL and NONE`)
    return bits | (1 << bit)
  }, 0)
}

export function formatFlags(bits: number): string {
  return bits === 0 ? 'NONE' : flagBits.filter((_, bit) => bits & (1 << bit)).join(',')
}

const largestId = 4294967294

/** UIDs and GIDs, one or a range; names are for the machine to look up. */
export function owner(of: 'uid' | 'gid'): (word: Word) => Question {
  return (word) => {
    if (isName(word.text)) return named(word)
    const [from = '', to = from, ...rest] = word.text.split('-')
    if (rest.length > 0) throw wrongWord(word, `'${word.text}' is no ${of} and no range of them`)
    const [first, last] = [from, to].map((text) => readNumber(part(word, text), of, largestId)) as [number, number]
    if (last < first) throw wrongWord(word, `the range '${word.text}' ends before it begins`)
    return { kind: 'owner', of, range: { first, last } }
  }
}

const stateOrder: readonly ConnectionState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']

export function states(word: Word): Question {
  const given = word.text.toUpperCase().split(',')
  const strange = given.find((state) => !stateOrder.some((known) => known === state))
  if (strange !== undefined) throw wrongWord(word, `'${strange}' is no connection state; they are ${stateOrder.join(', ')}`)
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
]

export function addressType(side: 'source' | 'destination'): (word: Word) => Question {
  return (word) => {
    const given = word.text.toUpperCase().split(',')
    const strange = given.find((type) => !addressTypes.includes(type))
    if (strange !== undefined) throw wrongWord(word, `'${strange}' is no address type; they are ${addressTypes.join(', ')}`)
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

const icmpNames: Readonly<Record<Family, Readonly<Record<string, number>>>> = {
  ipv4: { 'echo-reply': 0, pong: 0, 'destination-unreachable': 3, redirect: 5, 'echo-request': 8, ping: 8, 'time-exceeded': 11 },
  ipv6: {
    'destination-unreachable': 1,
    'packet-too-big': 2,
    'time-exceeded': 3,
    'echo-request': 128,
    ping: 128,
    'echo-reply': 129,
    pong: 129,
  },
}

export function icmpType(family: Family): (word: Word) => Question {
  return (word) => {
    if (family === 'ipv4' && (word.text === 'any' || word.text === '255')) return { kind: 'icmp-type', type: 'any' }
    const known = icmpNames[family][word.text]
    if (known !== undefined) return { kind: 'icmp-type', type: known }
    if (isName(word.text)) return named(word)
    const [type = '', code] = word.text.split('/')
    return {
      kind: 'icmp-type',
      type: readNumber(part(word, type), 'ICMP type', 255),
      ...(code !== undefined && { code: readNumber(part(word, code), 'ICMP code', 255) }),
    }
  }
}
