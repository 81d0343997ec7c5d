import { wholeNumber } from './c-numbers.ts'

/**
 * The bytes of an IPv4 address as libxtables reads it (__numeric_to_ipaddr): `10` and `10.1` are 10.0.0.0 and 10.1.0.0, and each
 * part may be hexadecimal or octal.
 * @param isMask a mask has all of its four parts.
 */
export function ipv4Numbers(text: string, isMask = false): number[] | undefined {
  const parts = text.split('.')
  if (parts.length > 4 || (isMask && parts.length < 4)) return undefined
  const bytes = parts.map((part) => wholeNumber(part, 255))
  if (bytes.includes(undefined)) return undefined
  return [0, 1, 2, 3].map((index) => Number(bytes[index] ?? 0n))
}
