import { partOf, mostIntervalsOf, subtract } from './boxes/boxes.ts'
import { FoundBoxes } from './found-boxes.ts'
import type { Box } from './boxes/frame.ts'
import type { World } from './space/world.ts'

/** Part of a space in which classes are still looked for. */
export interface Piece {
  box: Box
  /** The box of the space that it is part of. */
  root: Box
  /** The classes of that box so far. */
  found: FoundBoxes
  /** It comes from a box that was cut up. */
  isShattered: boolean
}

/** Of a box with more intervals than that in a dimension, such as the members of a large set, so many are taken at once. */
const mostIntervals = 256

/**
 * What is left of a space. Of one box after another the pieces that are cut out last come first, but what is shattered
 * comes last, and in turn: thousands of its classes differ in nothing but which member of a set they have, and some of
 * each other kind of flows are told before the budget goes into those. It is cut up as it is taken: to take one class
 * after another out of all of it would take the square of its length.
 */
export class Pieces {
  readonly #whole: Piece[]
  /** With how many of its intervals have been taken. */
  readonly #shattered: { piece: Piece; begun: number }[] = []
  /** How many of those are done with. */
  #done = 0

  constructor(space: readonly Box[], { distinctions }: World) {
    this.#whole = space
      .map((root) => ({
        box: root,
        root,
        found: new FoundBoxes(distinctions[root.frame.family], root.frame),
        isShattered: false,
      }))
      .toReversed()
  }

  /** Of all that are left. */
  get boxes(): Box[] {
    return [
      ...this.#whole.toReversed().map(({ box }) => box),
      ...this.#shattered.slice(this.#done).map(({ piece: { box }, begun }) => partOf(box, begun)),
    ]
  }

  next(): Piece | undefined {
    const whole = this.#whole.pop()
    const next = whole === undefined ? this.#shattered[this.#done++] : undefined
    if (next === undefined) return whole
    const { piece, begun } = next
    const end = begun + mostIntervals
    if (end < mostIntervalsOf(piece.box)) this.#shattered.push({ piece, begun: end })
    return { ...piece, box: partOf(piece.box, begun, end) }
  }

  /** Adds what of a piece is not in a class. */
  addLeft({ box, isShattered, ...others }: Piece, own: Box): void {
    for (const left of subtract(box, own)) {
      const isNow = isShattered || mostIntervalsOf(left) > mostIntervals
      const piece = { box: left, isShattered: isNow, ...others }
      if (isNow) this.#shattered.push({ piece, begun: 0 })
      else this.#whole.push(piece)
    }
  }
}
