import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import { mostIntervalsOf, subtract, subtractAll } from './boxes.ts'
import { type Box, type Dimension, dimensions, dimensionsOf, frameText, type ValueSet } from './frame.ts'

/**
 * More boxes of one frame than that are not widened: each is held against all the others. Nor are some of more intervals,
 * counted once for each of them.
 */
const [mostBoxes, mostLooks] = [800, 5_000_000]

/**
 * The same flows in as few boxes as can be found, each as wide as it goes: people want `any port`, not the cells that
 * the rules cut. Boxes of the result may have flows in common.
 * @param boxes of flows that fare alike.
 * @param space what they are parts of, as `spaceOf` has it.
 */
export function widestOf(boxes: readonly Box[], space: readonly Box[]): Box[] {
  const byFrame = Map.groupBy(boxes, ({ frame }) => frameText(frame))
  return [...byFrame.values()].flatMap((own) => {
    const byRoot = Map.groupBy(own, (box) => rootIndex(box, space))
    const wide = [...byRoot].flatMap(([index, group]) => {
      const root = space[index]
      const looks = group.reduce((sum, box) => sum + mostIntervalsOf(box), 0) * group.length
      return root === undefined || group.length > mostBoxes || looks > mostLooks ? group : widestIn(group, root)
    })
    return byRoot.size > 1 ? joined(wide) : wide
  })
}

/** Boxes of different parts of the space that differ in one dimension alone are one. */
export function joined(boxes: readonly Box[]): Box[] {
  let left = [...boxes]
  for (let before = left.length + 1; left.length < before; ) {
    before = left.length
    for (const dimension of dimensions) left = joinedIn(dimension, left)
  }
  return left
}

function joinedIn(dimension: Dimension, boxes: readonly Box[]): Box[] {
  const alike = Map.groupBy(boxes, (box) =>
    dimensionsOf(box)
      .map((one) => (one === dimension ? one : `${one} ${textOf(box.in[one] as ValueSet)}`))
      .join(),
  )
  return [...alike.values()].flatMap((group) => {
    const [first, ...others] = group
    const own = first?.in[dimension]
    if (first === undefined || own === undefined || others.length === 0) return group
    const all = IntervalSet.from(
      own.domain,
      group.flatMap((box) => box.in[dimension]?.intervals ?? []),
    )
    return [{ frame: first.frame, in: { ...first.in, [dimension]: all } }]
  })
}

const texts = new WeakMap<ValueSet, string>()

/** Equal ones stand for equal sets. */
function textOf(set: ValueSet): string {
  const known = texts.get(set)
  if (known !== undefined) return known
  const text = set.intervals.map(({ first, last }) => `${first}-${last}`).join(' ')
  texts.set(set, text)
  return text
}

/** The part of the space that a box lies in; -1 if it lies in none. */
const rootIndex = (box: Box, space: readonly Box[]): number =>
  space.findIndex((root) => frameText(root.frame) === frameText(box.frame) && subtract(box, root).length === 0)

function widestIn(boxes: readonly Box[], root: Box): Box[] {
  const wide: Box[] = []
  for (const box of boxes.toSorted((a, b) => sizeOf(b, root) - sizeOf(a, root))) {
    if (subtractAll(box, wide).length === 0) continue
    wide.push(
      dimensionsOf(box)
        .toReversed()
        .reduce((wider, dimension) => widened(wider, dimension, boxes, root), box),
    )
  }
  // What was found early may lie in what was found late.
  return wide.reduce<Box[]>(
    (kept, box) =>
      subtractAll(
        box,
        kept.filter((other) => other !== box),
      ).length === 0
        ? kept.filter((other) => other !== box)
        : kept,
    wide,
  )
}

/** A box with all values in one dimension with which it still lies in the boxes. */
function widened(box: Box, dimension: Dimension, boxes: readonly Box[], root: Box): Box {
  const all = root.in[dimension] as ValueSet
  const missing = subtractAll({ frame: box.frame, in: { ...box.in, [dimension]: all } }, boxes)
  if (missing.length === 0) return { frame: box.frame, in: { ...box.in, [dimension]: all } }
  const out = IntervalSet.from<Scalar>(
    all.domain,
    missing.flatMap((piece) => piece.in[dimension]?.intervals ?? []),
  )
  return { frame: box.frame, in: { ...box.in, [dimension]: all.intersect(out.complement()) } }
}

/** Which part of all flows it is, from 0 to 1. */
export function sizeOf(box: Box, root: Box): number {
  const count = (set: ValueSet | undefined): number => set?.size ?? 1
  return dimensionsOf(box).reduce((size, dimension) => (size * count(box.in[dimension])) / count(root.in[dimension]), 1)
}
