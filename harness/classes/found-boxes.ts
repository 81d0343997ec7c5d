import { contains } from './boxes.ts'
import type { Distinctions } from './distinctions.ts'
import type { Box, Point } from './frame.ts'

/**
 * Boxes of classes, by what the pod tells apart of their addresses: a class lies in one such part, so that few of them
 * come into question for a flow.
 */
export class FoundBoxes {
  readonly #distinct: Distinctions
  readonly #parts = new Map<unknown, Map<unknown, Box[]>>()

  constructor(distinct: Distinctions) {
    this.#distinct = distinct
  }

  /** @param point a flow of the box. */
  add(box: Box, point: Point): void {
    this.#around(point).push(box)
  }

  /** A box that has the flow, if one has. */
  with(point: Point): Box | undefined {
    return this.#around(point).findLast((box) => contains(box, point))
  }

  #around({ saddr, daddr }: Point): Box[] {
    const [from, to] = [saddr, daddr].map((address) =>
      typeof address === 'bigint' ? this.#distinct.addressesLike(address) : undefined,
    )
    const byDestination = this.#parts.get(from) ?? new Map<unknown, Box[]>()
    this.#parts.set(from, byDestination)
    const boxes = byDestination.get(to) ?? []
    byDestination.set(to, boxes)
    return boxes
  }
}
