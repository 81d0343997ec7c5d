import { addressFromBytes, canonicalAddress, type Family } from '../../../core/address.ts'
import type { Interval } from '../../../netfilter/interval-set.ts'
import type { AddressRange } from '../../../netfilter/statement.ts'
import { addressNumber } from '../../../netfilter/wide-values.ts'
import { ipv4Numbers } from '../../words/ipv4-text.ts'
import type { Word } from '../../words/payload-words.ts'
import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import { byOption, over } from '../lowering.ts'
import { checkKind, type KnownOption, one } from '../option.ts'

const canonical = (text: string, family: Family): string => {
  const numbers = family === 'ipv4' ? ipv4Numbers(text) : undefined
  return numbers === undefined ? canonicalAddress(text) : addressFromBytes(Uint8Array.from(numbers))
}

function readRange(word: Word, family: Family): AddressRange {
  checkKind(word, addressKinds.addressRange, family)
  const [first = '', last = first] = word.text.split('-')
  return { first: canonical(first, family), last: canonical(last, family) }
}

/** One that ends before it begins holds nothing: iptables warns of it, and the kernel finds no address in it. */
const intervalOf = ({ first, last }: AddressRange): Interval<bigint> => ({
  first: addressNumber(first),
  last: addressNumber(last),
})

const rangeOption = (option: string, field: 'saddr' | 'daddr'): KnownOption<AddressRange> =>
  one<AddressRange>({
    option,
    read: (word, { family }) => readRange(word, family),
    print: ({ first, last }) => `${first}-${last}`,
    lower: (range, asking) => over(field, asking, [intervalOf(range)]),
  })

/** `-m iprange` */
export const iprange: MatchExtension = {
  options: [rangeOption('--src-range', 'saddr'), rangeOption('--dst-range', 'daddr')],
  check: needsAny('--src-range or --dst-range'),
  tracks: false,
  lower: byOption,
}
