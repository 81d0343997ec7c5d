import { isDscpAlone, withoutEcn } from '../core/tos.ts'
import { type Interval, IntervalSet, rangeText } from './interval-set.ts'

/** All that a socket can set: DSCP and ECN in one octet. */
const octet: Interval<number> = { first: 0, last: 0xff }

/**
 * Which DSCP and ECN a set has, by what a socket of the protocol can have: `DSCP 46`, `DSCP any but 0-7`.
 * @returns undefined where it has all.
 */
export function tosWords(set: Iterable<number>, protocol: string): string | undefined {
  const values = new Set(set)
  const can = Array.from({ length: 0x100 }, (_, tos) => tos).filter((tos) => protocol !== 'tcp' || isDscpAlone(tos))
  const [own, others] = [true, false].map((isOwn) => can.filter((tos) => values.has(tos) === isOwn))
  if (own === undefined || others === undefined || others.length === 0) return undefined
  const isRest = others.length < own.length
  const told = isRest ? others : own
  const isDscp = told.every((tos) => isDscpAlone(tos) || told.includes(withoutEcn(tos))) && isWholeIn(told, can)
  const numbers = isDscp ? told.map((tos) => tos >> 2) : told
  const ranges = IntervalSet.from(
    octet,
    numbers.map((number) => ({ first: number, last: number })),
  ).intervals
  const texts = ranges.map(isDscp ? rangeText : octetsText)
  return `${isDscp ? 'DSCP' : 'TOS'} ${isRest ? 'any but ' : ''}${texts.join(', ')}`
}

/** Whether ECN makes no difference to what has a DSCP. */
const isWholeIn = (told: readonly number[], can: readonly number[]): boolean =>
  can.every((tos) => told.includes(tos) === told.includes(withoutEcn(tos)))

function octetsText({ first, last }: Interval<number>): string {
  const [from, to] = [first, last].map((tos) => `0x${tos.toString(16).padStart(2, '0')}`)
  return from === to ? `${from}` : `${from}-${to}`
}
