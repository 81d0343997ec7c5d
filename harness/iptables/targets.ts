import { canonicalAddress, type Family, familyOf, wildcardAddresses } from '../core/address.ts'
import { wholeNumber } from './c-numbers.ts'
import * as kinds from './extensions/kinds.ts'
import { flag, value } from './extensions/option.ts'
import { otherTargets } from './extensions/other-targets.ts'
import { log } from './log-target.ts'
import { natTargets } from './nat-targets.ts'
import { reject } from './reject-target.ts'
import type { Given, TargetSpec } from './target-spec.ts'
import { readMark, readNumber } from './values.ts'
import { wrongWord } from './words.ts'

const all = 0xffffffff
const plain = (kind: 'accept' | 'drop' | 'return', tables?: TargetSpec['tables']): TargetSpec => ({
  options: [],
  ...(tables && { tables }),
  make: () => ({ kind }),
})

/** `--set-xmark`, and the ways to say it that iptables turns into it. */
function xmark(given: Given): { value: number; mask: number } | undefined {
  const name = setters.find((option) => given.has(option))
  const word = name === undefined ? undefined : given.get(name)
  if (word === undefined) return undefined
  if (name === '--set-xmark') return readMark(word)
  if (name === '--set-mark') {
    const { value, mask } = readMark(word)
    return { value, mask: (mask | value) >>> 0 }
  }
  const bits = readNumber(word, 'mark', all)
  if (name === '--and-mark') return { value: 0, mask: ~bits >>> 0 }
  return { value: bits, mask: name === '--or-mark' ? bits : 0 }
}

const setters = ['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark'] as const
const operations = [...setters, '--save-mark', '--restore-mark']
const but = (option: string, options: readonly string[]): string[] => options.filter((other) => other !== option)
const setterOptions = (together: readonly string[]) =>
  setters.map((name) => value(name, name.startsWith('--set') ? kinds.mark : kinds.number(32), { without: but(name, together) }))

const masks = [
  value('--nfmask', kinds.number(32), { without: ['--mask'] }),
  value('--ctmask', kinds.number(32), { without: ['--mask'] }),
  value('--mask', kinds.number(32), { without: ['--nfmask', '--ctmask'] }),
]

const connmark: TargetSpec = {
  options: [
    ...setterOptions(operations),
    flag('--save-mark', { without: but('--save-mark', operations) }),
    flag('--restore-mark', { without: but('--restore-mark', operations) }),
    value('--left-shift-mark', kinds.number(8, 0, 31)),
    value('--right-shift-mark', kinds.number(8, 0, 31)),
    ...masks,
  ],
  make: (given, at) => {
    const isCopied = given.has('--save-mark') || given.has('--restore-mark')
    const set = xmark(given)
    if (!isCopied && set === undefined) throw wrongWord(at, `CONNMARK needs one of ${operations.join(', ')}`)
    const isMasked = masks.some(({ option }) => given.has(option))
    if ((set !== undefined && isMasked) || given.has('--left-shift-mark') || given.has('--right-shift-mark')) return undefined
    if (set !== undefined) return { kind: 'connmark', action: 'set', ...set }
    const maskOf = (option: string): number => {
      const mask = given.get(option) ?? given.get('--mask')
      return mask === undefined ? all : readNumber(mask, 'mask', all)
    }
    return {
      kind: 'connmark',
      action: given.has('--save-mark') ? 'save' : 'restore',
      nfmask: maskOf('--nfmask'),
      ctmask: maskOf('--ctmask'),
    }
  },
}

const zone: kinds.Kind = {
  what: "a zone: a number from 0 to 65535, or 'mark'",
  accepts: (text) => text.toLowerCase() === 'mark' || wholeNumber(text, 65535) !== undefined,
}
const events = (...names: readonly string[]): kinds.Kind => ({
  what: `a list of ${names.join(', ')}`,
  accepts: (text) => text.split(',').every((name) => names.includes(name)),
})
const zones = { '--zone': 'both', '--zone-orig': 'original', '--zone-reply': 'reply' } as const

const ct: TargetSpec = {
  options: [
    flag('--notrack'),
    value('--helper', kinds.text()),
    value('--timeout', kinds.text()),
    value('--ctevents', events('new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark', 'natseqinfo', 'secmark')),
    value('--expevents', events('new')),
    ...Object.keys(zones).map((name) => value(name, zone)),
  ],
  tables: ['raw'],
  make: (given, at, { protocol, otherProtocols }) => {
    const ofProtocol = ['--helper', '--timeout'].find((name) => given.has(name) && given.get(name)?.text !== '')
    if (ofProtocol !== undefined && (protocol === 0 || otherProtocols)) throw wrongWord(at, `CT needs -p beside ${ofProtocol}`)
    const [[name, word] = [], second] = given
    if (second !== undefined) return undefined
    if (name === undefined) return { kind: 'ct', action: 'zone', direction: 'both', zone: 0 }
    if (name === '--notrack') return { kind: 'ct', action: 'notrack' }
    if (!(name in zones) || word === undefined || word.text.toLowerCase() === 'mark') return undefined
    return { kind: 'ct', action: 'zone', direction: zones[name as keyof typeof zones], zone: readNumber(word, 'zone', 65535) }
  },
}

/** The port as getaddrinfo(3) reads it: decimal, cut down to 16 bits. */
const tproxy: TargetSpec = {
  options: [value('--on-port', kinds.port, { required: true }), value('--on-ip', kinds.host), value('--tproxy-mark', kinds.mark)],
  tables: ['mangle'],
  chains: ['PREROUTING'],
  protocols: [6, 17],
  make: (given, _, { family }) => {
    const port = given.get('--on-port')?.text ?? ''
    const [address, mark] = [given.get('--on-ip')?.text ?? wildcardAddresses[family], given.get('--tproxy-mark')]
    const number = port === '' ? 0 : kinds.serviceNumber(port)
    if (number === undefined || !isLiteral(address, family)) return undefined
    return {
      kind: 'tproxy',
      port: number,
      address: canonicalAddress(address),
      ...(mark === undefined ? { value: 0, mask: 0 } : readMark(mark)),
    }
  },
}

const isLiteral = (address: string, family: Family): boolean => familyOf(address) === family

/** The targets whose meaning is known here (iptables-extensions(8)). */
const knownTargets: Readonly<Record<string, TargetSpec>> = {
  ACCEPT: plain('accept'),
  DROP: plain('drop', ['raw', 'mangle', 'filter', 'security']),
  RETURN: plain('return'),
  ...natTargets,
  MARK: {
    options: setterOptions(setters),
    make: (given, at) => {
      const set = xmark(given)
      if (set === undefined) throw wrongWord(at, `MARK needs one of ${setters.join(', ')}`)
      return { kind: 'mark', ...set }
    },
  },
  CONNMARK: connmark,
  CT: ct,
  TPROXY: tproxy,
  LOG: log,
  REJECT: reject,
  QUEUE: { options: [], make: () => undefined },
}

/** All that they need together is held against each other here, and what they do is kept as it is written. */
const keptTargets = Object.entries(otherTargets).map(([name, spec]): [string, TargetSpec] => [
  name,
  {
    ...spec,
    make: (given, at, around) => {
      const values = new Map([...given].flatMap(([option, word]) => (word === undefined ? [] : [[option, word.text] as const])))
      const complaint = spec.check?.(new Set(given.keys()), around, values)
      if (complaint !== undefined) throw wrongWord(at, `${name} ${complaint}`)
      return undefined
    },
  },
])

export const targets: Readonly<Record<string, TargetSpec>> = { ...knownTargets, ...Object.fromEntries(keptTargets) }

/** @returns what is known of `-j NAME` in a family; undefined if iptables 1.8.9 has no such target. */
export function findTarget(name: string, family: Family): TargetSpec | undefined {
  const spec = Object.hasOwn(targets, name) ? targets[name] : undefined
  return spec === undefined || (spec.family !== undefined && spec.family !== family) ? undefined : spec
}
