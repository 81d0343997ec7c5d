import { addressBytes, type Family } from '../../core/address.ts'
import { domainOf } from '../../netfilter/field.ts'
import { interfaceNames, interfaceNumber } from '../../netfilter/wide-values.ts'
import { known, type KnownOption, one } from '../extensions/option.ts'
import { over, single } from '../extensions/lowering.ts'
import { overAddress } from '../extensions/over-address.ts'
import { type Address, prefixLength, readInterface, readProtocol } from '../extensions/header-values.ts'
import { protocolName } from '../words/protocols.ts'
import type { Word } from '../words/payload-words.ts'

/** A list of addresses is read before it comes here: each of them makes a rule. */
const readAddress = ({ text }: Word): never => {
  throw new TypeError(`${text} has not been read as a list`)
}

const printAddress = ({ address, mask }: Address): string => `${address}/${prefixLength(mask) ?? mask}`

/**
 * iptables-nft from 1.8.7 on asks the kernel to compare none of the address's bytes then (add_addr in
 * iptables/nft-shared.c), which it refuses with EINVAL; iptables-legacy loads a rule that never matches.
 */
export const refusedByNft = 'iptables-nft refuses a rule that excludes all addresses'

function address(option: string, field: 'saddr' | 'daddr'): KnownOption<Address> {
  return one<Address>({
    option,
    read: readAddress,
    print: printAddress,
    isLeftOut: ({ mask }) => isZero(mask),
    lower: (asked, asking) =>
      asking.negated && asking.backend !== 'legacy' && isZero(asked.mask)
        ? { kind: 'unknown', values: [printAddress(asked)], why: refusedByNft }
        : overAddress(field, asked, asking),
  })
}

const isZero = (mask: string): boolean => addressBytes(mask).every((byte) => byte === 0)

function device(option: string, field: 'iif' | 'oif'): KnownOption<string> {
  return one<string>({
    option,
    read: readInterface,
    print: (name) => name,
    isLeftOut: (name) => name === '+',
    lower: (name, asking) =>
      over(field, asking, [name.endsWith('+') ? interfaceNames(name.slice(0, -1)) : single(interfaceNumber(name))]),
  })
}

export const source = address('-s', 'saddr')
export const destination = address('-d', 'daddr')
export const inInterface = device('-i', 'iif')
export const outInterface = device('-o', 'oif')

/** 0 is every one. */
export const protocol = one<number>({
  option: '-p',
  read: readProtocol,
  print: protocolName,
  isLeftOut: (number) => number === 0,
  lower: (number, asking) =>
    over('protocol', asking, [number === 0 ? domainOf('protocol', asking.family) : single(number)]),
})

export const fragment = known<true>({
  option: '-f',
  words: 0,
  invertible: true,
  read: () => true,
  print: () => undefined,
  lower: (_, { negated }) => ({ kind: 'fragment', negated }),
})

/** What iptables itself asks, in the order in which iptables-save prints it. */
export const ruleOptions = [source, destination, inInterface, outInterface, protocol, fragment] as const

/** The families that have it: IPv6 has `-m frag` in place of `-f`. */
export const hasFragments = (family: Family): boolean => family === 'ipv4'
