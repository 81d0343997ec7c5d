import { canonicalAddress, type Family, familyOf } from '../core/address.ts'
import { type Given, only, type TargetSpec } from './target-spec.ts'
import type { AddressRange, Range } from './tree.ts'
import { readNumber, readPorts } from './values.ts'
import { type Word, wrongWord } from './words.ts'

const hasPorts = (protocol: number | undefined): boolean => protocol !== undefined && [6, 17, 33, 132, 136].includes(protocol)

/** `ADDRESS`, `ADDRESS-ADDRESS:PORT-PORT/BASE`, `[ADDRESS]:PORT` or `:PORT`. */
function endpoints(word: Word, family: Family, protocol: number | undefined): { addresses?: AddressRange; ports?: Range; shift?: number } {
  const [, bracketed, open, portText] =
    (family === 'ipv4' ? /^()([^:[\]]*)(?::(.*))?$/ : /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/).exec(splitBare(word.text, family)) ?? []
  const text = bracketed || open || ''
  const [first = '', last = first, ...rest] = text.split('-')
  const isOwn = (text: string) => familyOf(text) === family
  if (rest.length > 0 || (text !== '' && !(isOwn(first) && isOwn(last))) || (text === '' && portText === undefined))
    throw wrongWord(word, `'${word.text}' is no end for a translation; write ADDRESS, ADDRESS:PORT or :PORT`)
  const [portRange, shift] = portText?.split('/') ?? []
  if (portRange !== undefined && !hasPorts(protocol)) throw wrongWord(word, 'a port in a translation needs -p tcp or -p udp in the rule')
  return {
    ...(text !== '' && { addresses: { first: canonicalAddress(first), last: canonicalAddress(last) } }),
    ...(portRange !== undefined && { ports: readPorts(word, portRange, '-') }),
    ...(shift !== undefined && { shift: readNumber({ ...word, text: shift }, 'port', 65535) }),
  }
}

/** An IPv6 address without brackets has no port behind it. */
const splitBare = (text: string, family: Family): string =>
  family === 'ipv6' && !text.startsWith('[') && !/^:\d+(-|$)/.test(text) ? `[${text}]` : text

function toPorts(given: Given, protocol: number | undefined): { ports?: Range } {
  const word = given.get('--to-ports')
  if (word !== undefined && !hasPorts(protocol)) throw wrongWord(word, '--to-ports needs -p tcp or -p udp in the rule')
  return word === undefined ? {} : { ports: readPorts(word, word.text, '-') }
}

/** The targets of nat (iptables-extensions(8)). */
export const natTargets: Readonly<Record<string, TargetSpec>> = {
  REDIRECT: {
    options: { '--to-ports': true, '--random': false },
    make: (given, { protocol }) => ({ kind: 'redirect', ...toPorts(given, protocol), random: given.has('--random') }),
  },
  DNAT: {
    options: { '--to-destination': true, '--random': false, '--persistent': false },
    make: (given, { at, family, protocol }) => {
      const [, word = at] = only(given, at, ['--to-destination'])
      const flags = { random: given.has('--random'), persistent: given.has('--persistent') }
      return { kind: 'dnat', ...endpoints(word, family, protocol), ...flags }
    },
  },
  SNAT: {
    options: { '--to-source': true, '--random': false, '--random-fully': false, '--persistent': false },
    make: (given, { at, family, protocol }) => {
      const [, word = at] = only(given, at, ['--to-source'])
      const { shift, ...ends } = endpoints(word, family, protocol)
      if (shift !== undefined) throw wrongWord(word, 'only DNAT shifts ports')
      return { kind: 'snat', ...ends, ...howRandom(given), persistent: given.has('--persistent') }
    },
  },
  MASQUERADE: {
    options: { '--to-ports': true, '--random': false, '--random-fully': false },
    make: (given, { protocol }) => ({ kind: 'masquerade', ...toPorts(given, protocol), ...howRandom(given) }),
  },
}

const howRandom = (given: Given): { random: boolean; fully: boolean } => ({
  random: given.has('--random'),
  fully: given.has('--random-fully'),
})
