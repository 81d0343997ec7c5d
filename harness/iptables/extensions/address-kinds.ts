import { addressBytes, type Family, familyOf } from '../../core/address.ts'
import { wholeNumber } from '../words/c-numbers.ts'
import { inetAton, ipv4Numbers } from '../words/ipv4-text.ts'
import { type Kind, kind } from './kinds.ts'

const hostName = /^(?!-)[A-Za-z0-9_.-]*[A-Za-z][A-Za-z0-9_.-]*$/

/** A literal address of the family, as getaddrinfo(3) reads it. */
const isNumericHost = (written: string, family: Family): boolean =>
  familyOf(written) === family || (family === 'ipv4' && inetAton(written) !== undefined)

/** An address of the family, or a host's name, which only a machine could look up. */
export function isHost(written: string, family: Family): boolean {
  return (
    isNumericHost(written, family) ||
    (familyOf(written) === undefined && inetAton(written) === undefined && hostName.test(written))
  )
}

function isPrefix(written: string, family: Family): boolean {
  return wholeNumber(written, family === 'ipv4' ? 32 : 128) !== undefined || isNumericHost(written, family)
}

export const host: Kind = kind('an address', isHost)
/** A prefix length, or a mask that is one (XTTYPE_PLEN). */
export const prefixLength: Kind = kind('a prefix length', (written, family) => {
  if (wholeNumber(written, family === 'ipv4' ? 32 : 128) !== undefined) return true
  const mask = family === 'ipv4' ? inetAton(written) : undefined
  if (family === 'ipv6') return familyOf(written) === 'ipv6' && isMask(addressBytes(written))
  return mask !== undefined && /^1*0*$/.test(mask.toString(2).padStart(32, '0'))
})

const isMask = (bytes: Uint8Array): boolean =>
  /^1*0*$/.test([...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join(''))

export const prefix: Kind = kind('a prefix length or a mask', isPrefix)
export const network: Kind = kind('an address, with or without /PREFIX', (written, family) => {
  const slash = written.indexOf('/')
  return slash < 0
    ? isHost(written, family)
    : isHost(written.slice(0, slash), family) && isPrefix(written.slice(slash + 1), family)
})

/** One address or two with a dash between. */
export const addressRange: Kind = kind('an address, or two with a dash between', (written, family) => {
  const dash = written.indexOf('-')
  return (dash < 0 ? [written] : [written.slice(0, dash), written.slice(dash + 1)]).every((one) =>
    family === 'ipv4' ? ipv4Numbers(one) !== undefined : familyOf(one) === family,
  )
})

export const mac: Kind = kind('a MAC address', (written) => /^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(written))
