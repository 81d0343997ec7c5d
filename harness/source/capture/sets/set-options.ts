import { familyOf } from '../../../core/address.ts'
import { type IpSet, type SetType, setTypes } from '../../../flow/ip-set.ts'
import type { Word } from '../../../iptables/words/payload-words.ts'
import { addressesOfPrefix, addressOfNumber } from '../../../netfilter/wide-values.ts'
import { WrongMember } from './member.ts'

/** What ipset 4 called them, which ipset(8) still takes. */
const oldNames: Readonly<Record<string, SetType>> = {
  ipmap: 'bitmap:ip',
  macipmap: 'bitmap:ip,mac',
  portmap: 'bitmap:port',
  iphash: 'hash:ip',
  nethash: 'hash:net',
  ipporthash: 'hash:ip,port',
  ipportiphash: 'hash:ip,port,ip',
  ipportnethash: 'hash:ip,port,net',
  setlist: 'list:set',
}

/** @returns undefined for a type that is not known here. */
export const setTypeOf = (text: string): SetType | undefined =>
  Object.hasOwn(setTypes, text) ? (text as SetType) : oldNames[text]

/** Options of `ipset create` that take a value, and do not say what is in the set. */
const idle = new Set(['hashsize', 'timeout', 'size', 'bucketsize', 'initval', 'probes', 'resize', 'gc'])
const flags = new Set(['comment', 'forceadd', 'skbinfo'])

/**
 * Reads what stands behind a set's type: `family inet hashsize 1024 maxelem 65536`.
 * @throws WrongMember for what says something of its members that is not known here.
 */
export function readSetOptions(name: string, type: SetType, words: readonly Word[]): IpSet {
  const set: IpSet & { members: [] } = { name, type, family: 'ipv4', members: [] }
  for (let index = 0; index < words.length; index += 1) {
    const option = words[index]?.text.replace(/^--?/, '') ?? ''
    const value = words[index + 1]?.text ?? ''
    if (option === 'counters') set.counts = true
    else if (flags.has(option) || option === 'exist' || option === '!') continue
    else if (option === 'inet' || option === 'inet6') set.family = option === 'inet6' ? 'ipv6' : 'ipv4'
    else {
      index += 1
      if (idle.has(option)) continue
      if (!take(set, option, value)) throw new WrongMember(`'${option.slice(0, 40)}' of set ${name} is not known here`)
    }
  }
  return set
}

function take(set: IpSet, option: string, value: string): boolean {
  switch (option) {
    case 'family':
      set.family = value === 'inet6' || value === 'ipv6' ? 'ipv6' : 'ipv4'
      return /^(?:inet6?|ipv[46]|unspec)$/.test(value)
    case 'maxelem':
      set.maxelem = Number(value)
      return /^\d{1,9}$/.test(value)
    case 'netmask':
      set.netmask = Number(value)
      return /^\d{1,3}$/.test(value) && (set.type === 'hash:ip' || set.type === 'bitmap:ip')
    case 'markmask':
      set.markmask = Number(value)
      return /^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(value)
    case 'range': {
      const range = rangeIn(value)
      if (range !== undefined) set.range = range
      return range !== undefined
    }
    default:
      return false
  }
}

function rangeIn(text: string): readonly [string, string] | undefined {
  if (/^[\d.]+\/\d{1,2}$/.test(text) && familyOf(text.slice(0, text.indexOf('/'))) === 'ipv4') {
    const { first, last } = addressesOfPrefix(text)
    return [addressOfNumber(first, 'ipv4'), addressOfNumber(last, 'ipv4')]
  }
  const [first = '', last = first, ...more] = text.split('-')
  const isPort = [first, last].every((word) => /^\d{1,5}$/.test(word) && Number(word) < 65_536)
  const isAddress = [first, last].every((word) => familyOf(word) === 'ipv4')
  return more.length === 0 && (isPort || isAddress) ? [first, last] : undefined
}
