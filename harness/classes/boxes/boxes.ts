import type { IntervalSet, Scalar } from '../../netfilter/interval-set.ts'
import { type Box, type Dimension, dimensions, dimensionsOf, type Point, type ValueSet } from './frame.ts'

/** Whether a flow of the box's frame is in it. A point without a value in one of its dimensions is not. */
export function contains(box: Box, point: Point): boolean {
  for (const dimension of dimensions) {
    const set = box.in[dimension]
    if (set === undefined) continue
    const value = point[dimension]
    if (value === undefined || !set.contains(value)) return false
  }
  return true
}

/** The flows of both boxes, which are of one frame; undefined if there are none. */
export function intersect(a: Box, b: Box): Box | undefined {
  const both: Partial<Record<Dimension, ValueSet>> = {}
  for (const dimension of dimensionsOf(a)) {
    const set = setOf(a, dimension).intersect(setOf(b, dimension))
    if (set.isEmpty) return undefined
    both[dimension] = set
  }
  return { frame: a.frame, in: both }
}

/** The dimensions in which two boxes of one frame have no value in common. */
export const apartIn = (a: Box, b: Box): Dimension[] =>
  dimensionsOf(a).filter((dimension) => setOf(a, dimension).intersect(setOf(b, dimension)).isEmpty)

/** What of a box is not in another one of its frame, as boxes without common flows. */
export function subtract(box: Box, hole: Box): Box[] {
  const common = intersect(box, hole)
  if (common === undefined) return [box]
  const pieces: Box[] = []
  const rest: Partial<Record<Dimension, ValueSet>> = { ...box.in }
  for (const dimension of dimensionsOf(box)) {
    const inside = setOf(common, dimension)
    const own = setOf(box, dimension)
    if (inside === own) continue
    const outside = own.intersect(setOf(hole, dimension).complement())
    if (!outside.isEmpty) pieces.push({ frame: box.frame, in: { ...rest, [dimension]: outside } })
    rest[dimension] = inside
  }
  return pieces
}

/** What of a box is in none of the others, as boxes without common flows. */
export function subtractAll(box: Box, holes: readonly Box[]): Box[] {
  let left = [box]
  for (const hole of holes) {
    if (left.length === 0) break
    left = left.flatMap((piece) => subtract(piece, hole))
  }
  return left
}

/** How many intervals a box has in the dimension in which it has the most. */
export const mostIntervalsOf = (box: Box): number => setOf(box, shattered(box)).intervals.length

/** The flows of a box that have some of the intervals of the dimension in which it has the most. */
export const partOf = (box: Box, from: number, to?: number): Box => ({
  frame: box.frame,
  in: { ...box.in, [shattered(box)]: setOf(box, shattered(box)).part(from, to) },
})

const shattered = (box: Box): Dimension =>
  dimensionsOf(box).reduce((one, other) =>
    setOf(box, other).intervals.length > setOf(box, one).intervals.length ? other : one,
  )

/** A dimension that a box does not have is not cut. */
function setOf(box: Box, dimension: Dimension): IntervalSet<Scalar> {
  const set = box.in[dimension]
  if (set === undefined) throw new Error(`a box without ${dimension}`)
  return set
}
