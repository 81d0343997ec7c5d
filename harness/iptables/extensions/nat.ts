import { canonicalAddress, type Family, familyOf } from '../../core/address.ts'
import type { AddressRange } from '../../netfilter/statement.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import { leadingNumber, wholeNumber } from '../words/c-numbers.ts'
import { range } from '../words/print-value.ts'
import { part } from '../words/values.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'
import type { TargetOptions } from './extension.ts'
import { isServiceName } from './port-kinds.ts'
import { flag, type KeptOption } from './option.ts'

/** ICMP is one of them to libxtables (__NAT_parse in extensions/libxt_NAT.c). */
const hasPorts = (protocol: number): boolean => [6, 17, 132, 33, 1].includes(protocol)

/** @param protocol which the rule asks for up to here; iptables does not look at what stands behind. */
function needPorts(word: Word, protocol: number | undefined): void {
  if (protocol !== undefined && !hasPorts(protocol))
    throw wrongWord(word, 'a port in a translation needs -p tcp or -p udp before it in the rule')
}

interface Ports {
  ports: Interval<number>
  shift?: number
}

/**
 * `80`, `80-90`, `80-90/100` (parse_ports in extensions/libxt_NAT.c). @returns undefined for a name, which only a
 * machine knows.
 */
function readPorts(word: Word, text: string): Ports | undefined {
  const wrong = (what: string) => wrongWord(part(word, text), what)
  const first = leadingNumber(text)
  if (first === undefined || first.value > 65535n) {
    if (isServiceName(text)) return undefined
    throw wrong(`'${text}' is no port; ports are numbers up to 65535`)
  }
  const port = Number(first.value)
  if (first.rest === '') return { ports: { first: port, last: port } }
  const last = first.rest.startsWith('-') ? leadingNumber(first.rest.slice(1)) : undefined
  if (last === undefined || last.value > 65535n || !/^$|^\//.test(last.rest))
    throw wrong(`'${text}' is no port and no range of ports; write FIRST-LAST`)
  if (last.value < first.value) throw wrong(`the range '${text}' ends before it begins`)
  const ports = { first: port, last: Number(last.value) }
  if (last.rest === '') return { ports }
  const base = last.rest.slice(1)
  const shift = wholeNumber(base, 65535, 1)
  if (shift === undefined && !isServiceName(base)) throw wrong(`'${base}' is no port to count from`)
  return shift === undefined ? undefined : { ports, shift: Number(shift) }
}

/** Where a translation leads. */
export interface NatRange extends Partial<Ports> {
  addresses?: AddressRange
}

/** `ADDRESS`, `ADDRESS-ADDRESS:PORT-PORT/BASE`, `[ADDRESS]:PORT` or `:PORT` (parse_to in extensions/libxt_NAT.c). */
export function readNatRange(word: Word, family: Family, protocol?: number): NatRange | undefined {
  const { text } = word
  const wrong = () => wrongWord(word, `'${text}' is no end for a translation; write ADDRESS, ADDRESS:PORT or :PORT`)
  const open = text.indexOf('[')
  const close = open < 0 ? -1 : text.indexOf(']', open)
  if (open >= 0 && (close < 0 || family === 'ipv4')) throw wrong()
  const firstColon = text.indexOf(':', open < 0 ? 0 : close + 1)
  const colon = open < 0 && firstColon >= 0 && text.includes(':', firstColon + 1) ? -1 : firstColon
  if (colon >= 0) needPorts(word, protocol)
  const ports = colon < 0 ? {} : readPorts(word, text.slice(colon + 1))
  if (ports === undefined) return undefined
  if (colon === 0 || colon === 2) return ports
  const written = open < 0 ? text.slice(0, colon < 0 ? undefined : colon) : text.slice(open + 1, close)
  const dash = written.indexOf('-')
  const [first, last] = dash < 0 ? [written, written] : [written.slice(0, dash), written.slice(dash + 1)]
  if (familyOf(first) !== family || familyOf(last) !== family) throw wrong()
  return { addresses: { first: canonicalAddress(first), last: canonicalAddress(last) }, ...ports }
}

export const random = flag('--random')
export const fully = flag('--random-fully')
export const persistent = flag('--persistent')

/** How a port is chosen where there are several. */
export interface Choice {
  random: boolean
  fully: boolean
}

export const readChoice = (options: TargetOptions): Choice => ({
  random: options.has('--random'),
  fully: options.has('--random-fully'),
})
export const printChoice = ({ random, fully }: Choice): (string | false)[] => [
  random && '--random',
  fully && '--random-fully',
]

/** `--to-ports` */
export const portsOption: KeptOption = {
  option: '--to-ports',
  words: 1,
  invertible: false,
  check: (words, { protocol }) => {
    for (const word of words) {
      needPorts(word, protocol)
      if (readPorts(word, word.text)?.shift !== undefined) throw wrongWord(word, 'only DNAT shifts ports')
    }
  },
}

/** @returns undefined for a name, which only a machine knows; no ports where none are given. */
export function readToPorts(options: TargetOptions): { ports?: Interval<number> } | undefined {
  const word = options.get('--to-ports')
  return word === undefined ? {} : readPorts(word, word.text)
}

export const printToPorts = (ports: Interval<number> | undefined): string | undefined =>
  ports && `--to-ports ${range(ports, '-')}`

/** `--to-destination`, `--to-source` */
export const natRangeOption = (option: string): KeptOption => ({
  option,
  words: 1,
  invertible: false,
  required: true,
  check: (words, { family, protocol }) => {
    for (const word of words) readNatRange(word, family, protocol)
  },
})

export function printNatRange({ addresses, ports, shift }: NatRange): string {
  const written =
    addresses === undefined
      ? ''
      : addresses.first === addresses.last
        ? addresses.first
        : `${addresses.first}-${addresses.last}`
  if (ports === undefined) return written
  const port = `${range(ports, '-')}${shift === undefined ? '' : `/${shift}`}`
  return `${written.includes(':') ? `[${written}]` : written}:${port}`
}
