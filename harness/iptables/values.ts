import type { ConnectionState, Question, Range } from './tree.ts'
import { type Word, wrongWord } from './words.ts'

/** A question whose value is a name that only the machine could look up. */
export const named = ({ text }: Word): Question => ({ kind: 'unknown', values: [text] })
export const isName = (text: string): boolean => /^[A-Za-z]/.test(text)

/** As strtoul(3) reads it for iptables (xtables_strtoul): `0x10` is sixteen, `010` eight. */
function wholeNumber(text: string): number {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8)
  return /^(0x[0-9a-f]+|0|[1-9]\d*)$/i.test(text) ? Number(text) : Number.NaN
}

/** @throws HarnessError (`input`) unless the word is a number in this range. */
export function readNumber(word: Word, what: string, last: number, first = 0): number {
  const number = wholeNumber(word.text)
  if (!(number >= first && number <= last)) throw wrongWord(word, `'${word.text}' is no ${what}; it is a number from ${first} to ${last}`)
  return number
}

/** A part of a word, in its own place. */
export const part = (word: Word, text: string): Word => ({ ...word, text, column: word.column + Math.max(0, word.text.indexOf(text)) })

function readPort(word: Word, text: string): number {
  const port = wholeNumber(text)
  if (!(port <= 65535)) throw wrongWord(part(word, text), `'${text}' is no port; ports are numbers up to 65535`)
  return port
}

/**
 * `80`, `80:90`; with another separator as in `80-90`.
 * @param open whether an end may be left out, as in `80:`.
 */
export function readPorts(word: Word, text: string, separator: ':' | '-', open = false): Range {
  const [from = '', to, ...rest] = text.split(separator)
  if (text === '' || rest.length > 0) throw wrongWord(word, `'${text}' is no port and no range of ports`)
  const first = open && from === '' ? 0 : readPort(word, from)
  const last = to === undefined ? first : open && to === '' ? 65535 : readPort(word, to)
  if (last < first) throw wrongWord(part(word, text), `the range '${text}' ends before it begins`)
  return { first, last }
}

/** One range for `--dport`, up to 15 for `--dports`, where a range counts twice (xt_multiport, XT_MULTI_PORTS). */
export function ports(side: 'source' | 'destination' | 'either', many: boolean): (word: Word) => Question {
  return (word) => {
    const entries = many ? word.text.split(',') : [word.text]
    if (entries.some(isName)) return named(word)
    const ranges = entries.map((entry) => readPorts(word, entry, ':', !many))
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
    if (isName(word.text)) return { kind: 'owner-name', of, name: word.text }
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
