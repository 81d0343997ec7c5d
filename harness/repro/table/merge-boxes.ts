import { intersect, mostIntervalsOf, subtract, subtractAll } from '../../classes/boxes/boxes.ts'
import { type Box, dimensionsOf, frameText } from '../../classes/boxes/frame.ts'
import { sizeOf } from './size.ts'

/** More boxes than that are not held against each other, nor some of more intervals, counted once for each of them. */
const [mostBoxes, mostLooks] = [80, 5_000_000]

/**
 * The same flows in few and large boxes, which may have flows in common: each is as large as it can be, and none is
 * told that others make needless.
 * @param space all flows that there are: what lies outside does not count.
 */
export function mergeBoxes(boxes: readonly Box[], space: readonly Box[]): Box[] {
  const byFrame = Map.groupBy(boxes, (box) => `${frameText(box.frame)} ${dimensionsOf(box).join()}`)
  return [...byFrame.values()].flatMap((group) => {
    const intervals = group.reduce((sum, box) => sum + mostIntervalsOf(box), 0)
    if (group.length > mostBoxes || intervals * group.length > mostLooks) return group
    const roots = space.filter((root) => isAlike(root, group[0] as Box))
    return cover(group, (box) => isWithin(box, group, roots))
  })
}

const isAlike = (a: Box, b: Box): boolean =>
  frameText(a.frame) === frameText(b.frame) && dimensionsOf(a).join() === dimensionsOf(b).join()

/** Whether all flows of a box that there are lie in one of these. */
function isWithin(box: Box, boxes: readonly Box[], space: readonly Box[]): boolean {
  return space.every((root) => {
    const common = intersect(box, root)
    return common === undefined || subtractAll(common, boxes).length === 0
  })
}

function cover(boxes: readonly Box[], isAllowed: (box: Box) => boolean): Box[] {
  const chosen: Box[] = []
  let left = [...boxes]
  while (left.length > 0) {
    const [largest, ...others] = left.toSorted((a, b) => sizeOf(b) - sizeOf(a))
    const grown = grow(largest as Box, boxes, isAllowed)
    chosen.push(grown)
    left = others.flatMap((box) => subtract(box, grown))
  }
  return chosen
}

/** As large as is allowed: in each dimension all values, or those of as many of the boxes as possible. */
function grow(box: Box, boxes: readonly Box[], isAllowed: (box: Box) => boolean): Box {
  let grown = box
  for (const dimension of dimensionsOf(box)) {
    const own = (): NonNullable<Box['in'][typeof dimension]> =>
      grown.in[dimension] as NonNullable<Box['in'][typeof dimension]>
    const all = boxes.reduce((union, other) => union.union(other.in[dimension] ?? union), own())
    for (const set of [all, ...boxes.flatMap((other) => other.in[dimension] ?? [])]) {
      const more = own().union(set)
      if (more === own()) continue
      const wider: Box = { frame: grown.frame, in: { ...grown.in, [dimension]: more } }
      if (isAllowed(wider)) grown = wider
      if (set === all && grown === wider) break
    }
  }
  return grown
}
