import type { Distinctions } from './space/distinctions.ts'
import { type Box, type Dimension, dimensionsOf, type Point, type ValueSet } from './boxes/frame.ts'

/** A class's box, with what most flows around it are not in first. */
interface Found {
  box: Box
  narrow: readonly (readonly [Dimension, ValueSet])[]
}

/**
 * Boxes of classes, by what the pod tells apart of their addresses: a class lies in one such part, so that few of them
 * come into question for a flow.
 */
export class FoundBoxes {
  readonly #distinct: Distinctions
  readonly #parts = new Map<unknown, Map<unknown, Found[]>>()

  constructor(distinct: Distinctions) {
    this.#distinct = distinct
  }

  /** @param point a flow of the box. */
  add(box: Box, point: Point): void {
    const narrow = dimensionsOf(box)
      .map((dimension) => [dimension, box.in[dimension] as ValueSet] as const)
      .filter(([, set]) => !set.isFull)
      .sort(([, a], [, b]) => shareOf(a) - shareOf(b))
    this.#around(point).push({ box, narrow })
  }

  /** A box that has the flow, if one has. */
  with(point: Point): Box | undefined {
    return this.#around(point).findLast(({ narrow }) => isIn(narrow, point))?.box
  }

  #around({ saddr, daddr }: Point): Found[] {
    const [from, to] = [saddr, daddr].map((address) =>
      typeof address === 'bigint' ? this.#distinct.addressesLike(address) : undefined,
    )
    const byDestination = this.#parts.get(from) ?? new Map<unknown, Found[]>()
    this.#parts.set(from, byDestination)
    const boxes = byDestination.get(to) ?? []
    byDestination.set(to, boxes)
    return boxes
  }
}

function isIn(narrow: Found['narrow'], point: Point): boolean {
  for (const [dimension, set] of narrow) {
    const value = point[dimension]
    if (value === undefined || !set.contains(value)) return false
  }
  return true
}

/** Which part of all values it has, from 0 to 1. */
const shareOf = ({ size, domain }: ValueSet): number => size / (Number(domain.last) - Number(domain.first) + 1)
