import { type AddressField, domainOf } from '../../netfilter/field.ts'
import { addressNumber } from '../../netfilter/wide-values.ts'
import { type Address, prefixLength } from './header-values.ts'
import { over, single } from './lowering.ts'
import type { Asking } from './option.ts'

/** An address with its mask: a network is an interval, any other mask keeps the bits that count. */
export function overAddress(
  field: AddressField,
  { address, mask: bits }: Address,
  asking: Pick<Asking, 'negated' | 'family'>,
  more: { ifAbsent?: boolean } = {},
): ReturnType<typeof over> {
  const [value, mask] = [addressNumber(address), addressNumber(bits)]
  if (prefixLength(bits) === undefined) return over(field, asking, [single(value)], { mask, ...more })
  const { last } = domainOf(field, asking.family)
  return over(field, asking, [{ first: value, last: value | (last ^ mask) }], more)
}

/** `10.0.0.0/8`, or an address alone where all of it counts. */
export function printAddress({ address, mask }: Address): string {
  const length = prefixLength(mask)
  const isWhole = length === (address.includes(':') ? 128 : 32)
  return `${address}${isWhole ? '' : `/${length ?? mask}`}`
}
