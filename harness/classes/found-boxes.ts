import { rememberedOf } from '../core/remembered.ts'
import type { Distinctions } from './space/distinctions.ts'
import type { Scalar } from '../netfilter/interval-set.ts'
import { type Box, type Dimension, dimensionsOf, type Frame, type Point, type ValueSet } from './boxes/frame.ts'

/** A class's box, with what most flows around it are not in first. */
interface Found {
  box: Box
  narrow: readonly (readonly [Dimension, ValueSet])[]
  /** How many were found before it. */
  place: number
}

/**
 * What shares boxes out best comes first: rules name many ports, and few accounts. Addresses share out none, since those
 * around have one part of them in common.
 */
const sharing: readonly Dimension[] = ['dport', 'sport', 'mark', 'uid', 'gid', 'group']

/** Boxes by a value that is the only one they have in a dimension; `others` have several in each. */
interface Around {
  others: Found[]
  single: Map<Dimension, Map<Scalar, Found[]>>
}

/**
 * Boxes of classes, by what the pod tells apart of their addresses: a class lies in one such part, so that few of them
 * come into question for a flow.
 */
export class FoundBoxes {
  readonly #distinct: Distinctions
  readonly #frame: Frame
  readonly #parts = new Map<unknown, Map<unknown, Around>>()
  #count = 0

  constructor(distinct: Distinctions, frame: Frame) {
    this.#distinct = distinct
    this.#frame = frame
  }

  /** @param point a flow of the box. */
  add(box: Box, point: Point): void {
    const narrow = dimensionsOf(box)
      .map((dimension) => [dimension, box.in[dimension] as ValueSet] as const)
      .filter(([, set]) => !set.isFull)
      .sort(([, a], [, b]) => shareOf(a) - shareOf(b))
    const around = this.#around(point)
    const single = sharing.find((dimension) => box.in[dimension]?.size === 1)
    listFor(around, single, box).push({ box, narrow, place: this.#count++ })
  }

  /** The box that was found last of those that have the flow, if some have. */
  with(point: Point): Box | undefined {
    const { others, single } = this.#around(point)
    const isOf = ({ narrow }: Found): boolean => isIn(narrow, point)
    let found = others.findLast(isOf)
    for (const [dimension, byValue] of single) {
      const value = point[dimension]
      const own = value === undefined ? undefined : byValue.get(value)?.findLast(isOf)
      if (own !== undefined && (found === undefined || own.place > found.place)) found = own
    }
    return found?.box
  }

  #around({ saddr, daddr }: Point): Around {
    const from = typeof saddr === 'bigint' ? this.#distinct.sourcesLike(saddr, this.#frame) : undefined
    const to = typeof daddr === 'bigint' ? this.#distinct.destinationsLike(daddr, this.#frame) : undefined
    const byDestination = this.#parts.get(from) ?? new Map<unknown, Around>()
    this.#parts.set(from, byDestination)
    const boxes = byDestination.get(to) ?? { others: [], single: new Map() }
    byDestination.set(to, boxes)
    return boxes
  }
}

function listFor({ others, single }: Around, dimension: Dimension | undefined, box: Box): Found[] {
  const value = dimension && box.in[dimension]?.intervals[0]?.first
  if (dimension === undefined || value === undefined) return others
  const byValue = single.get(dimension) ?? new Map<Scalar, Found[]>()
  single.set(dimension, byValue)
  const list = byValue.get(value) ?? []
  byValue.set(value, list)
  return list
}

function isIn(narrow: Found['narrow'], point: Point): boolean {
  for (const [dimension, set] of narrow) {
    const value = point[dimension]
    if (value === undefined || !set.contains(value)) return false
  }
  return true
}

/** Which part of all values it has, from 0 to 1. */
const shareOf = rememberedOf(({ size, domain }: ValueSet) => size / (Number(domain.last) - Number(domain.first) + 1))
