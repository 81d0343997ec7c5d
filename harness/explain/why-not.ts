import { isDscpAlone } from '../core/tos.ts'
import { contains } from '../classes/boxes/boxes.ts'
import type { FlowClass } from '../classes/class-of.ts'
import { flowClasses } from '../classes/flow-classes.ts'
import { pointOf } from '../classes/space/flow-at.ts'
import { type Box, type Dimension, dimensionsOf, type Point } from '../classes/boxes/frame.ts'
import { markLike } from '../classes/marks/marks.ts'
import { spaceOf } from '../classes/space/space.ts'
import { widestOf } from '../classes/boxes/widest.ts'
import { rangesOf, valueText } from '../classes/words.ts'
import type { World } from '../classes/space/world.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { VerdictName } from '../flow/verdict.ts'
import type { Prediction } from '../model/predict.ts'
import { type RulesChange, rulesChanges } from './rules-changes.ts'

/** What a flow would have to have in one dimension; `from` is what it has. */
export interface FlowChange {
  what: Dimension | 'protocol'
  to: string
  from: string
}

/** The smallest changes, of the flow or of the rules, with which it would have another verdict. */
export interface WhyNot {
  wanted: VerdictName
  /** It has that verdict as it is. */
  isSo: boolean
  /** Each a set of changes that are made together. */
  flow: readonly (readonly FlowChange[])[]
  rules: readonly RulesChange[]
  /** Whether all flows of its family and origin were looked at. */
  isWhole: boolean
}

/** How many things of a flow may be changed at once. */
const mostChanges = 3
const most = { classes: 3000, milliseconds: 2000, byRule: false }

/** @param prediction of the flow, with every rule that was tried. */
export function whyNot(flow: ConcreteFlow, wanted: VerdictName, prediction: Prediction, world: World): WhyNot {
  const isSo = hasVerdict(prediction, wanted)
  if (isSo) return { wanted, isSo, flow: [], rules: [], isWhole: true }
  const { family, origin, tos } = flow
  const known = tos !== undefined && { tos }
  const space = spaceOf([world], { families: [family], origins: [origin] })
    .filter(({ frame: { protocol } }) => protocol !== 'tcp' || isDscpAlone(tos ?? 0))
    .map(({ frame, in: sets }) => ({ frame: { ...frame, ...known }, in: sets }))
  const right: FlowClass[] = []
  const found = flowClasses([world], space, { ...most, byRule: false })
  let next = found.next()
  for (; !next.done; next = found.next())
    if (next.value.predictions.some((other) => hasVerdict(other, wanted))) right.push(next.value)
  return {
    wanted,
    isSo,
    flow: flowChanges(
      flow,
      right.map(({ box }) => box),
      space,
      world,
    ),
    rules: rulesChanges(flow, wanted, prediction, world),
    isWhole: next.value.left.length === 0,
  }
}

const hasVerdict = (prediction: Prediction, wanted: VerdictName): boolean =>
  'predicted' in prediction && prediction.predicted.verdict === wanted

/** The fewest things that would have to be otherwise for the flow to lie in one of the boxes. */
function flowChanges(flow: ConcreteFlow, boxes: readonly Box[], space: readonly Box[], world: World): FlowChange[][] {
  const own = pointOf(flow, world.stack)
  if (own === undefined) return []
  const point = asInSpace(own, space)
  const all = widestOf(boxes, space)
    .map((box) => ({ box, changes: changesTo(box, flow, point, space) }))
    .filter(({ changes }) => changes.length <= mostChanges)
  const fewest = Math.min(...all.map(({ changes }) => changes.length))
  const least = all.filter(({ changes }) => changes.length === fewest)
  return least
    .filter(
      (one, index) =>
        !least.some((other, at) => at !== index && isCovered(one, other) && (at < index || !isCovered(other, one))),
    )
    .map(({ changes }) => changes)
}

/** Where few marks stand for all, the one that stands for the flow's. */
function asInSpace(point: Point, [root]: readonly Box[]): Point {
  const marks = root?.in.mark
  return typeof point.mark === 'number' && marks !== undefined
    ? { ...point, mark: markLike(point.mark, marks, root?.frame.marks ?? []) }
    : point
}

interface Changed {
  box: Box
  changes: readonly FlowChange[]
}

/** Whether another one changes the same, and leaves as much choice. */
function isCovered(one: Changed, other: Changed): boolean {
  return one.changes.every(({ what, to }, index) => {
    const same = other.changes[index]
    if (same?.what !== what) return false
    if (what === 'protocol') return same.to === to
    const [own, wider] = [one.box.in[what], other.box.in[what]]
    return own !== undefined && wider !== undefined && own.intersect(wider.complement()).isEmpty
  })
}

function changesTo(box: Box, { protocol, mark = 0 }: ConcreteFlow, point: Point, space: readonly Box[]): FlowChange[] {
  const ranges = rangesOf(box, space)
  const changes: FlowChange[] =
    protocol === box.frame.protocol ? [] : [{ what: 'protocol', to: box.frame.protocol, from: protocol }]
  for (const dimension of dimensionsOf(box)) {
    // Without supplementary groups the primary one is all there is.
    if (dimension === 'group' && point.group === point.gid && changes.some(({ what }) => what === 'gid')) continue
    const only: Box = { frame: box.frame, in: { [dimension]: box.in[dimension] } }
    const own = point[dimension]
    if (own !== undefined && contains(only, point)) continue
    if (own === undefined && (dimension === 'saddr' || dimension === 'sport')) continue
    changes.push({
      what: dimension,
      to: ranges[dimension] ?? 'any',
      from: own === undefined ? 'none' : valueText(dimension, dimension === 'mark' ? mark : own, box.frame.family),
    })
  }
  return changes
}
