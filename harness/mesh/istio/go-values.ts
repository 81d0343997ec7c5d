import { isIPv4, isIPv6 } from 'node:net'
import { canonicalAddress, type Family, networkOf } from '../../core/address.ts'
import type { Release } from './releases.ts'

/** A list as the generator reads it: empty elements do not count, spaces do (config.Split in tools/istio-iptables). */
export function split(list: string): string[] {
  return list.split(',').filter((element) => element !== '')
}

/** As Go's strconv.ParseBool has it; the generator takes anything else for false. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)
}

/** A port as Go's strconv.ParseUint reads it, with spaces around it. @returns undefined if it is none; 0 is one. */
export function readPort(text: string): number | undefined {
  const port = text.trim()
  return /^\d+$/.test(port) && Number(port) <= 65535 ? Number(port) : undefined
}

/** A range as a rule has it. */
export interface Range {
  family: Family
  text: string
  isLoopback: boolean
}

/**
 * Reads a range as the release does, and writes it as its rules have it: net.ParseCIDR up to 1.11, which clears the
 * host bits, and netip.ParsePrefix since, which keeps them.
 * @returns undefined if it is no range to it.
 */
export function readRange(release: Release, text: string): Range | undefined {
  const [, written = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  // Go 1.13, of which Istio 1.5 is made, reads leading zeros as decimal ones; later ones refuse them.
  const address = release === '1.5' ? written.replace(/(^|\.)0+(?=\d+(\.|$))/g, '$1') : written
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) && !address.includes('%') ? 'ipv6' : undefined
  if (family === undefined || (release !== '1.5' && /^0\d/.test(length))) return undefined
  if (Number(length) > (family === 'ipv4' ? 32 : 128)) return undefined
  const canonical = canonicalAddress(address)
  // An IPv4-mapped range is IPv6 to all of them but net.ParseCIDR; it means nothing to either binary.
  if (family === 'ipv6' && isIPv4(canonical)) return undefined
  const isLoopback = family === 'ipv4' ? canonical.startsWith('127.') : canonical === '::1'
  const range = `${canonical}/${Number(length)}`
  return { family, text: release === '1.5' ? networkOf(range) : range, isLoopback }
}
