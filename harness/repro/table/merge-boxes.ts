import { type Box, type Dimension, dimensionsOf, frameText, type ValueSet } from '../../classes/frame.ts'

/** More boxes than that are not held against each other. */
const mostBoxes = 400

/** Boxes of which two that differ in one dimension alone are one, until no two do. They are of one frame, without common flows. */
export function mergeBoxes(boxes: readonly Box[]): Box[] {
  const byFrame = [...Map.groupBy(boxes, ({ frame, in: sets }) => `${frameText(frame)} ${dimensionsOf({ in: sets }).join()}`).values()]
  return byFrame.flatMap((group) => (group.length > mostBoxes ? group : mergeAlike(group)))
}

function mergeAlike(boxes: readonly Box[]): Box[] {
  let left = [...boxes]
  for (const dimension of dimensionsOf(left[0] ?? { in: {} })) left = joinedIn(left, dimension)
  // What has been joined in one dimension may now be joined in another.
  return left.length < boxes.length ? mergeAlike(left) : left
}

/** Boxes that are equal in all other dimensions are one. */
function joinedIn(boxes: readonly Box[], dimension: Dimension): Box[] {
  const groups = Map.groupBy(boxes, (box) =>
    dimensionsOf(box)
      .filter((other) => other !== dimension)
      .map((other) => textOf(box.in[other]))
      .join(' '),
  )
  return [...groups.values()].map(([first, ...others]) => {
    const own = first as Box
    const sets = others.map((box) => box.in[dimension])
    const all = sets.reduce((union, set) => (union === undefined || set === undefined ? union : union.union(set)), own.in[dimension])
    return all === undefined ? own : { frame: own.frame, in: { ...own.in, [dimension]: all } }
  })
}

const textOf = (set: ValueSet | undefined): string => set?.intervals.map(({ first, last }) => `${first}-${last}`).join() ?? ''
