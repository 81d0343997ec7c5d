import { type Box, dimensionsOf, type Point } from '../../harness/classes/frame.ts'
import type { Scalar } from '../../harness/netfilter/interval-set.ts'

/** Some flow of a box: at an edge of one of its sets' intervals, or between. @param dice from 0 up to 1. */
export function somePoint(box: Box, dice: () => number): Point {
  const values = dimensionsOf(box).map((dimension): [string, Scalar] => {
    const intervals = box.in[dimension]?.intervals ?? []
    const interval = intervals[Math.floor(dice() * intervals.length)]
    if (interval === undefined) throw new Error('an empty box')
    const { first, last } = interval
    const where = dice()
    if (where < 0.3) return [dimension, first]
    if (where < 0.6) return [dimension, last]
    const between = BigInt(first) + (BigInt(Math.floor(dice() * 1e9)) * (BigInt(last) - BigInt(first))) / 1_000_000_000n
    return [dimension, typeof first === 'bigint' ? between : Number(between)]
  })
  return Object.fromEntries(values)
}
