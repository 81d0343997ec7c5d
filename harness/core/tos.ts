/** The bits of the octet that are ECN (RFC 3168); those above are the DSCP (RFC 2474). */
const ecnBits = 0x03

/** `DSCP 46`, or `TOS 0x01` where ECN has bits as well. */
export const formatTos = (tos: number): string =>
  (tos & ecnBits) === 0 ? `DSCP ${tos >> 2}` : `TOS 0x${tos.toString(16).padStart(2, '0')}`

/**
 * Which of them a set has, by what a socket of the protocol can have: `DSCP 46`, `DSCP any but 0-7`.
 * @returns undefined where it has all.
 */
export function tosWords(set: Iterable<number>, protocol: string): string | undefined {
  const values = new Set(set)
  const can = Array.from({ length: 0x100 }, (_, tos) => tos).filter((tos) => protocol !== 'tcp' || isDscpAlone(tos))
  const [own, others] = [true, false].map((isOwn) => can.filter((tos) => values.has(tos) === isOwn))
  if (own === undefined || others === undefined || others.length === 0) return undefined
  const isRest = others.length < own.length
  const told = isRest ? others : own
  const isDscp = told.every((tos) => isDscpAlone(tos) || told.includes(tos & ~ecnBits)) && isWholeIn(told, can)
  const numbers = isDscp ? [...new Set(told.map((tos) => tos >> 2))] : told
  return `${isDscp ? 'DSCP' : 'TOS'} ${isRest ? 'any but ' : ''}${rangesText(numbers, isDscp ? 10 : 16)}`
}

/** Whether ECN makes no difference to what has a DSCP. */
const isWholeIn = (told: readonly number[], can: readonly number[]): boolean =>
  can.every((tos) => told.includes(tos) === told.includes(tos & ~ecnBits))

function rangesText(numbers: readonly number[], radix: 10 | 16): string {
  const ranges: [number, number][] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  const text = (number: number): string => (radix === 16 ? `0x${number.toString(16).padStart(2, '0')}` : `${number}`)
  return ranges.map(([first, last]) => (first === last ? text(first) : `${text(first)}-${text(last)}`)).join(', ')
}

/** Whether a TCP socket can have it: the kernel keeps ECN to itself there (INET_ECN_MASK in net/ipv4/ip_sockglue.c). */
export const isDscpAlone = (tos: number): boolean => (tos & ecnBits) === 0
