import { canonicalAddress, type Family, familyOf } from '../core/address.ts'
import { leadingNumber, wholeNumber } from './c-numbers.ts'
import { isServiceName } from './extensions/kinds.ts'
import { flag } from './extensions/option.ts'
import { type Given, given, type TargetSpec } from './target-spec.ts'
import type { AddressRange, Range, Target } from './tree.ts'
import { part } from './values.ts'
import { type Word, wrongWord } from './words.ts'

/** ICMP is one of them to libxtables (__NAT_parse in extensions/libxt_NAT.c). */
const hasPorts = (protocol: number): boolean => [6, 17, 132, 33, 1].includes(protocol)

/** @param protocol which the rule asks for up to here; iptables does not look at what stands behind. */
function needPorts(word: Word, protocol: number | undefined): void {
  if (protocol !== undefined && !hasPorts(protocol))
    throw wrongWord(word, 'a port in a translation needs -p tcp or -p udp before it in the rule')
}

interface Ports {
  ports: Range
  shift?: number
}

/** `80`, `80-90`, `80-90/100` (parse_ports in extensions/libxt_NAT.c). @returns undefined for a name, which only a machine knows. */
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

interface Ends extends Partial<Ports> {
  addresses?: AddressRange
}

/** `ADDRESS`, `ADDRESS-ADDRESS:PORT-PORT/BASE`, `[ADDRESS]:PORT` or `:PORT` (parse_to in extensions/libxt_NAT.c). */
function endpoints(word: Word, family: Family, protocol?: number): Ends | undefined {
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

const random = flag('--random')
const fully = flag('--random-fully')
const persistent = flag('--persistent')
const howRandom = (given: Given): { random: boolean; fully: boolean } => ({
  random: given.has('--random'),
  fully: given.has('--random-fully'),
})

const portsOption = given('--to-ports', {
  read: (words, { protocol }) => {
    for (const word of words) {
      needPorts(word, protocol)
      if (readPorts(word, word.text)?.shift !== undefined) throw wrongWord(word, 'only DNAT shifts ports')
    }
    return { kind: 'unknown', values: [] }
  },
})
const addressOption = (option: string) =>
  given(option, {
    required: true,
    read: (words, { family, protocol }) => {
      for (const word of words) endpoints(word, family, protocol)
      return { kind: 'unknown', values: [] }
    },
  })

/** A target that has `--to-ports`. */
function toPorts(make: (ports: { ports?: Range }, given: Given) => Target): TargetSpec['make'] {
  return (given) => {
    const word = given.get('--to-ports')
    const read = word === undefined ? {} : readPorts(word, word.text)
    return read === undefined ? undefined : make(read, given)
  }
}

/** A target that has an address to translate to. */
function toAddress(option: string, make: (ends: Ends, given: Given) => Target | undefined): TargetSpec['make'] {
  return (given, at, { family }) => {
    const ends = endpoints(given.get(option) ?? at, family)
    return ends === undefined ? undefined : make(ends, given)
  }
}

/** The targets of nat (iptables-extensions(8)). */
export const natTargets: Readonly<Record<string, TargetSpec>> = {
  REDIRECT: {
    options: [portsOption, random],
    tables: ['nat'],
    chains: ['PREROUTING', 'OUTPUT'],
    make: toPorts((ports, given) => ({ kind: 'redirect', ...ports, random: given.has('--random') })),
  },
  DNAT: {
    options: [addressOption('--to-destination'), random, persistent],
    tables: ['nat'],
    chains: ['PREROUTING', 'OUTPUT'],
    make: toAddress('--to-destination', (ends, given) => ({
      kind: 'dnat',
      ...ends,
      random: given.has('--random'),
      persistent: given.has('--persistent'),
    })),
  },
  SNAT: {
    options: [addressOption('--to-source'), random, fully, persistent],
    tables: ['nat'],
    chains: ['POSTROUTING', 'INPUT'],
    make: toAddress('--to-source', ({ shift, ...ends }, given) =>
      shift === undefined ? { kind: 'snat', ...ends, ...howRandom(given), persistent: given.has('--persistent') } : undefined,
    ),
  },
  MASQUERADE: {
    options: [portsOption, random, fully],
    tables: ['nat'],
    chains: ['POSTROUTING'],
    make: toPorts((ports, given) => ({ kind: 'masquerade', ...ports, ...howRandom(given) })),
  },
}
