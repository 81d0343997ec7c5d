import { isIPv4, isIPv6 } from 'node:net'
import { show } from '../show.ts'

/** @throws TypeError saying what is wrong with this port; upstream forgot the upper bound. */
export function checkPort(value: unknown): number {
  if (typeof value !== 'number')
    throw new TypeError(`${show(value)} is not a number; a port is a number from 1 to 65535`)
  if (!Number.isInteger(value) || value < 1 || value > 65535)
    throw new TypeError(`${show(value)} is not a port; ports are whole numbers from 1 to 65535`)
  return value
}

/** @throws TypeError saying what is wrong with an annotation's port. */
export function readPort(text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${show(text)} is not a port; ports are whole numbers from 1 to 65535`)
  return checkPort(Number(text))
}

/**
 * An IPv4 range is kept as it is written, host bits and all: `2.2.2.2/24` is a range to iptables.
 * @throws TypeError saying what is wrong with it. Upstream let IPv6 ranges through into IPv4 rules, which then do not
 * load.
 */
export function checkRange(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${show(value)} is not text; a range is written as 10.0.0.0/8`)
  const [address = '', prefix, ...rest] = value.split('/')
  if (isIPv6(address)) throw new TypeError(`${show(value)} is IPv6, and OSM's rules are for IPv4 alone`)
  if (!isIPv4(address)) throw new TypeError(`${show(value)} is not an IPv4 range; write one as 10.0.0.0/8`)
  if (prefix === undefined) throw new TypeError(`${show(value)} is an address and not a range; write ${value}/32`)
  if (rest.length > 0 || !/^(\d|[12]\d|3[0-2])$/.test(prefix))
    throw new TypeError(`${show(value)} has no prefix length from 0 to 32`)
  return value
}

/**
 * The kernel's own limits (dev_valid_name), and iptables': a trailing `+` would be a wildcard to it and `!` a negation.
 * Since the name goes into an unquoted here-document as well, only letters, digits, dot, underscore and hyphen belong.
 * @throws TypeError saying what is wrong with it.
 */
export function checkInterface(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${show(value)} is not text; an interface is named as net1`)
  if (value === '') throw new TypeError(`${show(value)} is empty; an interface is named as net1`)
  if (value.length > 15)
    throw new TypeError(`${show(value)} has ${value.length} characters; an interface's name has at most 15`)
  if (value.endsWith('+'))
    throw new TypeError(`${show(value)} ends in '+', which is a wildcard to iptables; name each interface`)
  if (!/^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/.test(value) || value === '.' || value === '..') {
    throw new TypeError(
      `${show(value)} is not an interface name; it is made of letters, digits, '.', '_' and '-', and does not start with '-'`,
    )
  }
  return value
}
