import { wholeNumber } from './c-numbers.ts'

/**
 * The bytes of an IPv4 address as libxtables reads it (__numeric_to_ipaddr): `10` and `10.1` are 10.0.0.0 and 10.1.0.0,
 * and each part may be hexadecimal or octal.
 * @param isMask a mask has all of its four parts.
 */
export function ipv4Numbers(text: string, isMask = false): number[] | undefined {
  const parts = text.split('.')
  if (parts.length > 4 || (isMask && parts.length < 4)) return undefined
  const bytes = parts.map((part) => wholeNumber(part, 255))
  if (bytes.includes(undefined)) return undefined
  return [0, 1, 2, 3].map((index) => Number(bytes[index] ?? 0n))
}

/**
 * The number that getaddrinfo(3) takes a text for as an IPv4 address, as inet_aton(3) does: `10`, `10.1`, `0x7f.1`. The
 * last part fills all bytes that are left.
 */
export function inetAton(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length > 4) return undefined
  const numbers = parts.map((part, index) =>
    /^\d/.test(part) ? wholeNumber(part, lastOf(parts.length, index)) : undefined,
  )
  if (numbers.includes(undefined)) return undefined
  return numbers.reduce<number>(
    (sum, number, index) => sum + Number(number) * (index < parts.length - 1 ? 256 ** (3 - index) : 1),
    0,
  )
}

const lastOf = (count: number, index: number): number => (index < count - 1 ? 255 : 256 ** (5 - count) - 1)
